import Imaging
import TestSupport
import Testing

@testable import Media

/// An encoder that reorders: the frames of each group of `pyramid.count` leave in that order, after
/// `lookahead` further frames came in; decode numbers count up from `-delay`.
struct ReorderingEncoder: Sendable, CustomTestStringConvertible {
  var name: String
  /// Positions within a group, in the order they are coded.
  var pyramid: [Int]
  var delay: Int
  var lookahead: Int

  var testDescription: String { name }

  static let all = [
    ReorderingEncoder(name: "no reordering", pyramid: [0], delay: 0, lookahead: 0),
    ReorderingEncoder(name: "look-ahead only", pyramid: [0], delay: 0, lookahead: 40),
    ReorderingEncoder(name: "one B-frame", pyramid: [1, 0], delay: 1, lookahead: 1),
    ReorderingEncoder(name: "three B-frames", pyramid: [3, 0, 1, 2], delay: 1, lookahead: 10),
    ReorderingEncoder(
      name: "pyramid of B-frames", pyramid: [3, 1, 0, 2], delay: 2, lookahead: 40),
  ]

  /// The numbers of `count` frames in coding order: a key frame, then whole groups, then the rest.
  func codingOrder(_ count: Int) -> [Int64] {
    var order: [Int64] = [0]
    var start = 1
    while start + pyramid.count <= count {
      order += pyramid.map { Int64(start + $0) }
      start += pyramid.count
    }
    order += (start..<max(start, count)).map(Int64.init)
    return order
  }
}

@Suite("Times of frames inside an encoder")
struct EncodedFrameTimesTests {
  typealias Moment = PresentationClock.Moment

  private static let timeBase = Rational(1, 90000)
  private static let rate = Rational(30000, 1001)

  /// Moments from `start` on that rise by anything from one tick to a second.
  private func irregularMoments(_ count: Int, from start: Int64) -> [Moment] {
    var generator = SeededGenerator(seed: 11)
    var ticks = start
    return (0..<count).map { _ in
      defer { ticks += Int64.random(in: 1...90000, using: &generator) }
      return Moment(ticks: ticks, durationTicks: Int64.random(in: 0...9000, using: &generator))
    }
  }

  @Test(
    "every frame gets its own time back, and decoding times rise without passing it",
    arguments: ReorderingEncoder.all, [Int64(-123_456), 0, 1 << 40])
  func restored(encoder: ReorderingEncoder, start: Int64) throws {
    let moments = irregularMoments(101, from: start)
    var times = EncodedFrameTimes(timeBase: Self.timeBase, frameRate: Self.rate)
    let order = encoder.codingOrder(moments.count)
    var taken = 0
    var lastDecodeTicks = Int64.min
    func take() throws {
      let number = order[taken]
      let times = times.take(number: number, decodeNumber: Int64(taken - encoder.delay))
      let (moment, decodeTicks) = try #require(times)
      #expect(moment == moments[Int(number)])
      #expect(decodeTicks <= moment.ticks)
      #expect(decodeTicks > lastDecodeTicks)
      lastDecodeTicks = decodeTicks
      taken += 1
    }
    for (number, moment) in moments.enumerated() {
      #expect(times.add(moment) == Int64(number))
      // A frame leaves once it and the frames it is predicted from came in.
      while taken < order.count, order[...taken].max()! + Int64(encoder.lookahead) <= number {
        try take()
      }
    }
    while taken < order.count { try take() }
    #expect(times.moments.count <= encoder.delay)
  }

  @Test("memory follows the encoder's delay, not the length of the clip")
  func bounded() {
    let encoder = ReorderingEncoder.all[4]
    let count = 20_000
    var times = EncodedFrameTimes(timeBase: Self.timeBase, frameRate: Self.rate)
    let order = encoder.codingOrder(count)
    var most = 0
    for number in 0..<count {
      _ = times.add(Moment(ticks: Int64(number) * 3003, durationTicks: 3003))
      let taken = number - encoder.lookahead
      if taken >= 0 {
        _ = times.take(number: order[taken], decodeNumber: Int64(taken - encoder.delay))
      }
      most = max(most, times.moments.count)
    }
    #expect(most <= encoder.lookahead + encoder.delay + 1)
  }

  @Test("an encoder that is ahead of its decode numbers gets times before the first frame")
  func beforeTheFirst() {
    var times = EncodedFrameTimes(timeBase: Self.timeBase, frameRate: Self.rate)
    for number in 0..<3 { _ = times.add(Moment(ticks: 5000 + Int64(number), durationTicks: 1)) }
    let taken = [(0, -2), (2, -1), (1, 0)].map { number, decodeNumber in
      times.take(number: number, decodeNumber: decodeNumber)?.decodeTicks
    }
    let expected: [Int64?] = [5000 - 2 * 3003, 5000 - 3003, 5000]
    #expect(taken == expected)
  }

  @Test("a rate above the time base's ticks still gives rising decoding times")
  func coarseTimeBase() {
    var times = EncodedFrameTimes(timeBase: Rational(1, 25), frameRate: Rational(240, 1))
    for number in 0..<3 { _ = times.add(Moment(ticks: Int64(number), durationTicks: 0)) }
    let taken = [(0, -2), (2, -1), (1, 0)].map { number, decodeNumber in
      times.take(number: number, decodeNumber: decodeNumber)?.decodeTicks
    }
    #expect(taken == [-2, -1, 0])
  }

  @Test("times at the end of what 64 bits hold do not overflow")
  func extremeTimes() throws {
    var times = EncodedFrameTimes(timeBase: Self.timeBase, frameRate: Self.rate)
    _ = times.add(Moment(ticks: .min + 1, durationTicks: 0))
    let taken = times.take(number: 0, decodeNumber: -2)
    #expect(try #require(taken).decodeTicks <= .min + 1)
  }

  @Test("a frame that was not given, or was taken before, is none")
  func unknownFrames() {
    var times = EncodedFrameTimes(timeBase: Self.timeBase, frameRate: Self.rate)
    _ = times.add(Moment(ticks: 0, durationTicks: 0))
    let taken = [1, 0, 0].map { times.take(number: $0, decodeNumber: $0) != nil }
    #expect(taken == [false, true, false])
  }
}
