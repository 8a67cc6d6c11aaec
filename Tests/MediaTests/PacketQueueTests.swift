import Imaging
import Testing

@testable import Media

@Suite("Queue of copied packets")
struct PacketQueueTests {
  private static let audio = Rational(1, 48_000)
  private static let subtitle = Rational(1, 1_000)
  private static let video = Rational(1, 25)

  private func packet(stream: Int32, ticks: Int64) throws -> Packet {
    let packet = try Packet()
    packet.setTimes(stream: stream, ticks: ticks)
    return packet
  }

  private func queue() -> PacketQueue {
    var queue = PacketQueue(holdsHiddenPackets: true)
    queue.register(inputIndex: 4, outputIndex: 1, timeBase: Self.audio)
    queue.register(inputIndex: 7, outputIndex: 2, timeBase: Self.subtitle)
    return queue
  }

  private func drain(_ queue: inout PacketQueue, upTo limit: Timestamp?) -> [[Int64]] {
    var taken: [[Int64]] = []
    while let packet = queue.take(upTo: limit)?.packet {
      taken.append([Int64(packet.streamIndex), packet.decodeTicks])
    }
    return taken
  }

  @Test("packets leave in the order of their times once the video has come as far")
  func order() throws {
    var queue = queue()
    for ticks: Int64 in [0, 1024, 2048, 48_000] {
      queue.append(try packet(stream: 4, ticks: ticks))
    }
    for ticks: Int64 in [10, 2_000] { queue.append(try packet(stream: 7, ticks: ticks)) }
    // One video frame, 40 ms: 1920 audio ticks.
    let first = drain(&queue, upTo: Timestamp(ticks: 1, timeBase: Self.video))
    #expect(first == [[1, 0], [2, 10], [1, 1024]])
    let rest = drain(&queue, upTo: nil)
    #expect(rest == [[1, 2048], [1, 48_000], [2, 2_000]])
  }

  @Test("streams that are not copied, and packets after the end, are ignored")
  func ignored() throws {
    var queue = queue()
    queue.append(try packet(stream: 0, ticks: 0))
    queue.close()
    queue.append(try packet(stream: 4, ticks: 0))
    let taken = drain(&queue, upTo: nil)
    #expect(taken.isEmpty)
  }

  @Test("decoding times that fall are lifted to the last one")
  func falling() throws {
    var queue = queue()
    for ticks: Int64 in [1024, 512, 2048] { queue.append(try packet(stream: 4, ticks: ticks)) }
    let taken = drain(&queue, upTo: nil)
    #expect(taken == [[1, 1024], [1, 1024], [1, 2048]])
  }

  @Test("thousands of packets pass in order and are let go of")
  func many() throws {
    var queue = queue()
    var taken: [Int64] = []
    for frame in 0..<1000 {
      for half in 0...1 {
        queue.append(try packet(stream: 4, ticks: Int64(frame * 1920 + half * 960)))
      }
      let limit = Timestamp(ticks: Int64(frame), timeBase: Self.video)
      taken += drain(&queue, upTo: limit).map { $0[1] }
    }
    taken += drain(&queue, upTo: nil).map { $0[1] }
    let expected = (0..<2000).map { Int64($0) * 960 }
    #expect(taken == expected)
  }
}
