import Testing

@testable import Pipeline

@Suite("Pictures seen before a reconnection")
struct SeenPicturesTests {
  /// Gives numbered pictures, `nil` for sound, and returns what is new of them.
  private func new(_ seen: inout SeenPictures, _ packets: [Int?]) -> [Int?] {
    packets.filter { seen.isNew($0) }
  }

  @Test("what a playlist lists again is left out, with its sound, up to the first new picture")
  func again() {
    var seen = SeenPictures()
    #expect(new(&seen, [1, nil, 2, 3, nil, 4]) == [1, nil, 2, 3, nil, 4])
    seen.reconnect()
    #expect(new(&seen, [2, 3, nil, 4, nil]) == [])
    seen.reconnect()
    #expect(new(&seen, [nil, 2, 3, nil, 4, nil, 5, nil, 6]) == [5, nil, 6])
    seen.reconnect()
    #expect(new(&seen, [4, 5, 6]) == [])
  }

  @Test("a stream that begins anew is new")
  func restarted() {
    var seen = SeenPictures()
    _ = new(&seen, [1, 2, 3])
    seen.reconnect()
    #expect(new(&seen, [10, nil, 11]) == [10, nil, 11])
  }

  @Test("a stream that shows the same in a loop goes on")
  func loop() {
    var seen = SeenPictures()
    #expect(new(&seen, [1, 2, 3, 1, 2, 3, 1]) == [1, 2, 3, 1, 2, 3, 1])
    seen.reconnect()
    #expect(new(&seen, [2, 3, 1, 2, 3, 1]) == [2, 3, 1])
  }

  @Test("the latest pictures are kept, the earliest forgotten")
  func bounded() {
    var seen = SeenPictures()
    let count = SeenPictures.keptCount
    _ = new(&seen, Array(0..<3 * count + 1))
    seen.reconnect()
    #expect(new(&seen, Array(2 * count + 1..<3 * count + 1)) == [])
    #expect(new(&seen, [0]) == [0])
  }
}
