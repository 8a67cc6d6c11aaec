import Foundation
import Imaging
import Testing

@testable import Pipeline

@Suite("Accuracy on the sample clip")
struct SampleAccuracyTests {
  private let run: SampleRun

  init() throws { run = try SampleRun.shared.get() }

  private func matches(of identity: Int) -> [SampleRun.Match] {
    run.matches.filter { $0.truth.identity == identity }
  }

  @Test("every frame has its row")
  func rows() {
    #expect(run.frameCount == 250)
  }

  @Test("every face at least half visible is found in 95 % of its frames", arguments: 1...4)
  func recall(identity: Int) {
    let visible = matches(of: identity).filter { $0.truth.visibility >= 0.5 }
    let found = visible.filter { $0.found != nil }
    #expect(visible.count > 150)
    #expect(Double(found.count) >= 0.95 * Double(visible.count))
  }

  @Test("hardly anything is reported that is no face")
  func falsePositives() {
    // Boxes of faces that come out from behind another one do not fit yet: 5 of 915 when written.
    #expect(Double(run.unmatchedCount) <= 0.02 * Double(run.foundCount))
  }

  @Test("a face keeps its identity while nothing hides it", arguments: 1...4)
  func identityInTheClear(identity: Int) {
    var stretch: Set<Int> = []
    var stretches = 0
    for match in matches(of: identity) {
      if match.truth.visibility < 0.95 {
        stretch = []
        continue
      }
      if stretch.isEmpty { stretches += 1 }
      if let found = match.found { stretch.insert(found.identity) }
      #expect(stretch.count <= 1, "frame \(match.truth.frame), stretch \(stretches)")
    }
    #expect(stretches >= 1)
  }

  @Test("a face that is never hidden has one identity from beginning to end")
  func oneIdentity() {
    // Face 3 is the nearest; face 2 is covered by hair for some frames, at most by 56 %.
    for identity in [2, 3] {
      let all = matches(of: identity)
      #expect(all.allSatisfy { $0.truth.visibility > 0.4 })
      #expect(Set(all.compactMap { $0.found?.identity }).count == 1)
    }
  }

  @Test("two faces never share an identity")
  func distinctIdentities() {
    var owners: [Int: Set<Int>] = [:]
    for match in run.matches where match.truth.visibility >= 0.95 {
      guard let found = match.found else { continue }
      owners[found.identity, default: []].insert(match.truth.identity)
    }
    #expect(owners.values.allSatisfy { $0.count == 1 })
  }

  /// Degrees of roll per degree of true roll, by least squares.
  private func slope(_ pairs: [(truth: Double, found: Double)]) -> Double {
    let count = Double(pairs.count)
    let meanTruth = pairs.map(\.truth).reduce(0, +) / count
    let meanFound = pairs.map(\.found).reduce(0, +) / count
    let covariance = pairs.map { ($0.truth - meanTruth) * ($0.found - meanFound) }.reduce(0, +)
    let variance = pairs.map { ($0.truth - meanTruth) * ($0.truth - meanTruth) }.reduce(0, +)
    return covariance / variance
  }

  @Test("the roll follows a face that turns in the plane", arguments: [2, 3])
  func roll(identity: Int) throws {
    let pairs = matches(of: identity).compactMap { match -> (Double, Double)? in
      guard match.truth.visibility >= 0.95, let roll = match.found?.roll else { return nil }
      return (SampleMotion.roll(of: identity, frame: match.truth.frame), roll)
    }
    try #require(pairs.count > 150)
    withKnownIssue("the landmarks of the built-in weights hardly turn with a face") {
      #expect((0.7...1.3).contains(slope(pairs)))
    }
  }
}

/// How the faces of the sample clip turn: `placements` in `tools/make-sample`.
enum SampleMotion {
  /// Degrees, positive clockwise for the viewer.
  static func roll(of identity: Int, frame: Int) -> Double {
    let seconds = Double(frame) / 25
    func sine(_ period: Double, _ phase: Double = 0) -> Double {
      sin(2 * .pi * (seconds / period + phase))
    }
    switch identity {
    case 1: return 12 * sine(5)
    case 2: return 24 * sine(6)
    case 3: return -20 * sine(4.5, 0.1)
    default: return -10 * sine(3.7)
    }
  }

  /// The landmarks of the portrait turned by degrees about its face: `FACE_LANDMARKS` there.
  static func landmarks(turnedBy degrees: Double) -> Landmarks {
    let (sine, cosine) = (Float(sin(degrees * .pi / 180)), Float(cos(degrees * .pi / 180)))
    func turned(_ x: Float, _ y: Float) -> Point {
      let (dx, dy) = (x - 224.2, y - 116.05)
      return Point(x: 320 + cosine * dx - sine * dy, y: 180 + sine * dx + cosine * dy)
    }
    return Landmarks(
      leftEye: turned(202.6, 103.1), rightEye: turned(245.0, 102.9), noseTip: turned(223.5, 127.0),
      leftMouthCorner: turned(205.8, 144.4), rightMouthCorner: turned(241.7, 144.2))
  }
}
