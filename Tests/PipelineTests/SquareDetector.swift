import Detection
import Imaging
import Synchronization

/// Finds a bright rectangle on a darker picture, and takes it for a face.
///
/// Before each look it does what a test wants to happen meanwhile.
final class SquareDetector: FaceDetector {
  private let looks = Atomic<Int>(0)
  private let meanwhile: @Sendable () -> Void

  init(meanwhile: @escaping @Sendable () -> Void = {}) { self.meanwhile = meanwhile }

  var lookCount: Int { looks.load(ordering: .relaxed) }

  func detect(
    in picture: ScaledPicture, into detections: inout [Detection]
  ) throws(DetectionError) {
    looks.add(1, ordering: .relaxed)
    meanwhile()
    detections.removeAll()
    var (minX, minY, maxX, maxY) = (Int.max, Int.max, -1, -1)
    for y in 0..<picture.height {
      for x in 0..<picture.width where picture.pixels[3 * (y * picture.width + x)] > 200 {
        (minX, maxX) = (min(minX, x), max(maxX, x))
        (minY, maxY) = (min(minY, y), max(maxY, y))
      }
    }
    guard maxX > minX, maxY > minY else { return }
    let box = BoundingBox(
      x: Float(minX) * picture.scaleX, y: Float(minY) * picture.scaleY,
      width: Float(maxX - minX + 1) * picture.scaleX,
      height: Float(maxY - minY + 1) * picture.scaleY)
    func point(_ x: Float, _ y: Float) -> Point {
      Point(x: box.minX + x * box.width, y: box.minY + y * box.height)
    }
    detections.append(
      Detection(
        box: box,
        landmarks: Landmarks(
          leftEye: point(0.3, 0.4), rightEye: point(0.7, 0.4), noseTip: point(0.5, 0.6),
          leftMouthCorner: point(0.35, 0.8), rightMouthCorner: point(0.65, 0.8)), score: 0.95))
  }

  /// FFmpeg's arguments for a picture of 160×120 in which such a rectangle of 24×30 moves to the right by 2 pixels
  /// a frame, 25 frames a second, and begins at the left again after 80 frames.
  static func clip(frames: Int) -> [String] {
    [
      "-f", "lavfi", "-i",
      "color=gray:size=160x120:rate=25,format=yuv420p[a];color=white:size=24x30:rate=25[b];"
        + "[a][b]overlay=x=mod(2*n\\,160):y=40", "-frames:v", "\(frames)",
    ]
  }
}
