import Imaging
import TestSupport
import Testing

@testable import Tracking

@Suite("Landmark smoother")
struct LandmarkSmootherTests {
  private func landmarks(_ x: Float, _ y: Float) -> Landmarks {
    func point(_ dx: Float, _ dy: Float) -> Point { Point(x: x + dx, y: y + dy) }
    return Landmarks(
      leftEye: point(0, 0), rightEye: point(40, 0), noseTip: point(20, 20),
      leftMouthCorner: point(5, 40), rightMouthCorner: point(35, 40))
  }

  @Test("leaves less than half of the tremble of a resting face", arguments: [1, 2, 3] as [UInt64])
  func resting(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var smoother = LandmarkSmoother(landmarks(0, 0))
    var (raw, smoothed) = (0.0 as Float, 0.0 as Float)
    for _ in 0..<600 {
      // 2 % of the face either way.
      let x = Float.random(in: -2...2, using: &generator)
      smoother.update(landmarks(x, 0), seconds: 1.0 / 30, size: 100)
      raw += x * x
      smoothed += pow2(smoother.landmarks.noseTip.x - 20)
    }
    #expect(smoothed < raw / 4, "seed \(seed)")
  }

  private func pow2(_ value: Float) -> Float { value * value }

  @Test("lags behind a face in motion by less than 60 ms", arguments: [0.5, 1, 3] as [Float])
  func moving(sizesPerSecond: Float) {
    var smoother = LandmarkSmoother(landmarks(0, 0))
    for frame in 1...60 {
      let x = Float(frame) / 30 * sizesPerSecond * 100
      smoother.update(landmarks(x, 0), seconds: 1.0 / 30, size: 100)
    }
    let lag = (2 * sizesPerSecond * 100 - smoother.landmarks.leftEye.x) / (sizesPerSecond * 100)
    #expect(lag >= 0 && lag < 0.06)
  }

  @Test("treats near and far faces alike")
  func scale() {
    var (near, far) = (LandmarkSmoother(landmarks(0, 0)), LandmarkSmoother(landmarks(0, 0)))
    for frame in 1...20 {
      let x = Float(frame % 7) * 3
      near.update(landmarks(4 * x, 0), seconds: 0.04, size: 200)
      far.update(landmarks(x, 0), seconds: 0.04, size: 50)
    }
    #expect(abs(near.landmarks.leftEye.x - 4 * far.landmarks.leftEye.x) < 1e-3)
  }

  @Test("goes with the camera")
  func camera() {
    var smoother = LandmarkSmoother(landmarks(10, 20))
    smoother.move(with: CameraMotion(a: 0, b: 2, tx: 100, ty: 0))
    #expect(smoother.landmarks.leftEye == Point(x: 60, y: 20))
  }

  @Test("takes landmarks as they are when no time has passed")
  func noTime() {
    var smoother = LandmarkSmoother(landmarks(0, 0))
    smoother.update(landmarks(50, 0), seconds: 0, size: 100)
    #expect(smoother.landmarks == landmarks(50, 0))
  }
}
