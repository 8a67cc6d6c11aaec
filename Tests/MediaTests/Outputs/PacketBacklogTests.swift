internal import CFFmpeg
import Testing

@testable import Media

@Suite("Packets that wait for an output")
struct PacketBacklogTests {
  private let start = ContinuousClock.now

  /// Packets of one byte each, numbered by their time; those in `keys` are key frames.
  private func packet(_ number: Int, keys: Set<Int>) throws -> Packet {
    let packet = try Packet()
    packet.setTimes(stream: 0, ticks: Int64(number))
    try #require(unsafe av_grow_packet(packet.handle, 1) >= 0)
    if keys.contains(number) { unsafe packet.handle.pointee.flags |= AV_PKT_FLAG_KEY }
    return packet
  }

  private func taken(_ backlog: inout PacketBacklog) -> [Int64] {
    var numbers: [Int64] = []
    while let packet = backlog.popFirst() { numbers.append(packet.decodeTicks) }
    return numbers
  }

  @Test("what is taken in time leaves in order, from the first key frame on")
  func order() throws {
    var backlog = PacketBacklog(limits: .init(seconds: 1, bytes: 1000))
    for number in 0..<6 {
      let dropped = backlog.push(try packet(number, keys: [2, 4]), at: start)
      #expect((dropped != nil) == (number < 2))
    }
    #expect(taken(&backlog) == [2, 3, 4, 5])
    #expect(backlog.droppedCount == 2)
  }

  @Test("an output that stalls loses the oldest groups, never half of one")
  func stalled() throws {
    var backlog = PacketBacklog(limits: .init(seconds: 4.5, bytes: 1000))
    for number in 0..<10 {
      _ = backlog.push(
        try packet(number, keys: [0, 3, 6, 9]), at: start + .seconds(number))
    }
    // At nine seconds, what is older than 4.5 s has gone: the groups of 0 and 3.
    #expect(backlog.droppedCount == 6)
    #expect(taken(&backlog) == [6, 7, 8, 9])
  }

  @Test("the rest of a group whose beginning was taken is left out, too")
  func restOfGroup() throws {
    var backlog = PacketBacklog(limits: .init(seconds: 100, bytes: 4))
    for number in 0..<3 { _ = backlog.push(try packet(number, keys: [0, 4]), at: start) }
    let first = backlog.popFirst()
    #expect(first?.decodeTicks == 0)
    for number in 3..<6 { _ = backlog.push(try packet(number, keys: [0, 4]), at: start) }
    #expect(taken(&backlog) == [4, 5])
    #expect(backlog.droppedCount == 3)
  }

  @Test("a group larger than everything that may wait goes whole, up to the next key frame")
  func largeGroup() throws {
    var backlog = PacketBacklog(limits: .init(seconds: 100, bytes: 3))
    for number in 0..<8 { _ = backlog.push(try packet(number, keys: [0, 6]), at: start) }
    #expect(taken(&backlog) == [6, 7])
  }

  @Test("while an output is away nothing waits; it comes back with a key frame")
  func paused() throws {
    var backlog = PacketBacklog(limits: .init(seconds: 100, bytes: 1000))
    let keys: Set = [0, 5]
    _ = backlog.push(try packet(0, keys: keys), at: start)
    backlog.pause()
    #expect(backlog.isEmpty)
    _ = backlog.push(try packet(1, keys: keys), at: start)
    backlog.resume()
    for number in 2..<7 { _ = backlog.push(try packet(number, keys: keys), at: start) }
    #expect(taken(&backlog) == [5, 6])
    #expect(backlog.droppedCount == 5)
  }
}
