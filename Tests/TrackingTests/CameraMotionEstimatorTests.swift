import Foundation
import Imaging
import TestSupport
import Testing
import Tracking

/// A surface without edges or repetition that can be looked at from anywhere exactly: a sum of waves.
private struct Surface {
  private let waves: [(x: Double, y: Double, phase: Double, size: Double)]

  init(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    waves = (0..<20).map { _ in
      // 8 to 60 pixels long.
      let length = Double.random(in: 8...60, using: &generator)
      let direction = Double.random(in: 0..<2 * .pi, using: &generator)
      return (
        2 * .pi / length * cos(direction), 2 * .pi / length * sin(direction),
        Double.random(in: 0..<2 * .pi, using: &generator),
        Double.random(in: 5...16, using: &generator)
      )
    }
  }

  func value(_ x: Double, _ y: Double) -> Double {
    waves.reduce(128) { $0 + $1.size * sin($1.x * x + $1.y * y + $1.phase) }
  }
}

@Suite("Camera motion")
struct CameraMotionEstimatorTests {
  private let surface = Surface(seed: 1)
  private let width = 320
  private let height = 180
  /// Pixels of the frame to one of the picture.
  private let scale = 3

  /// The picture of a frame that a motion has moved from where it was, by values at points of the frame.
  private func picture(
    _ motion: CameraMotion = .none, brighter: Double = 0,
    value: (Double, Double) -> Double? = { _, _ in nil }
  ) -> ScaledPicture {
    let picture = ScaledPicture(
      width: width, height: height, sourceWidth: width * scale, sourceHeight: height * scale)
    let (a, b) = (Double(motion.a), Double(motion.b))
    let size = a * a + b * b
    for y in 0..<height {
      for x in 0..<width {
        let frame = ((Double(x) + 0.5) * Double(scale), (Double(y) + 0.5) * Double(scale))
        let (dx, dy) = (frame.0 - Double(motion.tx), frame.1 - Double(motion.ty))
        let before = ((a * dx + b * dy) / size, (a * dy - b * dx) / size)
        let seen =
          value(frame.0, frame.1)
          ?? surface.value(before.0 / Double(scale), before.1 / Double(scale))
        let grey = UInt8(min(max(seen + brighter, 0), 255).rounded())
        for channel in 0..<3 { picture.pixels[(y * width + x) * 3 + channel] = grey }
      }
    }
    return picture
  }

  /// Moves, turns and zooms about the middle of the frame.
  private func motion(
    x: Float = 0, y: Float = 0, degrees: Float = 0, zoom: Float = 1
  ) -> CameraMotion {
    let (a, b) = (zoom * cos(degrees * .pi / 180), zoom * sin(degrees * .pi / 180))
    let (cx, cy) = (Float(width * scale) / 2, Float(height * scale) / 2)
    return CameraMotion(
      a: a, b: b, tx: x + cx - (a * cx - b * cy), ty: y + cy - (b * cx + a * cy))
  }

  /// The largest difference of two motions at the corners of the frame, in pixels of the picture.
  private func difference(_ one: CameraMotion, _ other: CameraMotion) -> Float {
    var largest: Float = 0
    for corner in [(0, 0), (1, 0), (0, 1), (1, 1)] as [(Float, Float)] {
      let point = Point(x: corner.0 * Float(width * scale), y: corner.1 * Float(height * scale))
      let (first, second) = (one.apply(to: point), other.apply(to: point))
      largest = max(largest, abs(first.x - second.x), abs(first.y - second.y))
    }
    return largest / Float(scale)
  }

  private func estimate(
    _ before: ScaledPicture, _ now: ScaledPicture, faces: [Track] = []
  ) -> CameraMotionEstimator.Estimate {
    var estimator = CameraMotionEstimator()
    estimator.remember(before)
    return estimator.estimate(now, faces: faces)
  }

  private func track(_ box: BoundingBox) -> Track {
    var tracker = Tracker()
    tracker.update(with: [TrackerInput(box: box, score: 1)], at: frameTime(0))
    return tracker.tracks[0]
  }

  @Test(
    "shifts are found to a twentieth of a pixel at the corners, turns and zooms to a fifth",
    arguments: [
      (1, 0, 0, 1), (-4.5, 7.5, 0, 1), (40, -25, 0, 1), (0, 0, 1, 1), (0, 0, -4, 1),
      (0, 0, 0, 1.02), (0, 0, 0, 0.95), (12, -9, 2, 1.03),
    ] as [(Float, Float, Float, Float)])
  func transforms(x: Float, y: Float, degrees: Float, zoom: Float) {
    let truth = motion(x: x, y: y, degrees: degrees, zoom: zoom)
    let found = estimate(picture(), picture(truth))
    #expect(found.doubt == nil)
    // Windows are followed as if they only shifted, which errs the more the picture turns or zooms.
    let tolerance: Float = degrees == 0 && zoom == 1 ? 0.05 : 0.2
    #expect(difference(found.motion, truth) < tolerance, "\(found.motion), not \(truth)")
  }

  @Test("a picture that stands still does not move at all, also when the light changes")
  func still() {
    #expect(
      estimate(picture(), picture()) == CameraMotionEstimator.Estimate(motion: .none, doubt: nil))
    #expect(
      estimate(picture(), picture(brighter: 12))
        == CameraMotionEstimator.Estimate(motion: .none, doubt: nil))
  }

  @Test("a flat picture says nothing")
  func flat() {
    let found = estimate(picture { _, _ in 90 }, picture { _, _ in 90 })
    #expect(found == CameraMotionEstimator.Estimate(motion: .none, doubt: .tooFewPoints))
  }

  @Test("another scene is no motion", arguments: [2, 3, 4, 5])
  func cut(seed: UInt64) {
    let other = Surface(seed: seed)
    let found = estimate(picture(), picture { x, y in other.value(x / 3, y / 3) })
    #expect(found.motion == .none)
    #expect(found.doubt != nil)
  }

  @Test("the first picture and one of another size have none before")
  func first() {
    var estimator = CameraMotionEstimator()
    let first = estimator.estimate(picture(), faces: [])
    #expect(first == CameraMotionEstimator.Estimate(motion: .none, doubt: .noPictureBefore))
    let other = ScaledPicture(width: 64, height: 48, sourceWidth: 64, sourceHeight: 48)
    let second = estimator.estimate(other, faces: [])
    #expect(second.doubt == .noPictureBefore)
    estimator.remember(picture())
    estimator.forget()
    let third = estimator.estimate(picture(), faces: [])
    #expect(third.doubt == .noPictureBefore)
  }

  /// A foreground of its own look that covers a share of the width, shifted by `x` pixels of the frame.
  private func foreground(_ share: Double, shiftedBy x: Double) -> (Double, Double) -> Double? {
    let near = Surface(seed: 9)
    let edge = share * Double(width * scale)
    return { px, py in px - x < edge ? near.value((px - x) / 3, py / 3) : nil }
  }

  @Test("what moves in front of the background does not count, up to two fifths of the picture")
  func movingForeground() {
    let truth = motion(x: -9, y: 6, degrees: 0.5)
    let found = estimate(
      picture(value: foreground(0.4, shiftedBy: 0)),
      picture(truth, value: foreground(0.4, shiftedBy: 15)))
    #expect(found.doubt == nil)
    #expect(difference(found.motion, truth) < 0.2, "\(found.motion), not \(truth)")
  }

  @Test("faces are left out, so that those that fill most of the picture are not the background")
  func faces() {
    let truth = motion(x: -9, y: 6)
    let before = picture(value: foreground(0.6, shiftedBy: 0))
    let now = picture(truth, value: foreground(0.6, shiftedBy: 15))
    // With what is beside it, it covers the left 60 %.
    let face = track(BoundingBox(x: 0, y: 0, width: 288, height: 540))
    let found = estimate(before, now, faces: [face])
    #expect(difference(found.motion, truth) < 0.2, "\(found.motion), not \(truth)")
    #expect(difference(estimate(before, now).motion, truth) > 1)
  }

  @Test("the same pictures give the same motions, one after the other")
  func repeats() {
    let pictures = (0..<6).map { picture(motion(x: Float($0 * $0) * 2, degrees: Float($0) / 3)) }
    func run() -> [CameraMotionEstimator.Estimate] {
      var estimator = CameraMotionEstimator()
      return pictures.map { estimator.estimate($0, faces: []) }
    }
    let once = run()
    #expect(once == run())
    #expect(once.dropFirst().allSatisfy { $0.doubt == nil && $0.motion != .none })
  }

  @Test("pictures too small for a window are no reason to stop", arguments: [1, 2, 7, 15])
  func tiny(side: Int) {
    let small = ScaledPicture(width: side, height: 3, sourceWidth: side, sourceHeight: 3)
    let found = estimate(small, small)
    #expect(found.doubt == .tooFewPoints)
  }
}
