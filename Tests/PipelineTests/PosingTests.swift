import Imaging
import Media
import Overlay
import Testing

@testable import Pipeline

@Suite("Poses of frames with any pixels")
struct PosingTests {
  /// The first frame of a grey clip.
  private func frame(width: Int, height: Int, pixels: String) throws -> VideoFrame {
    let demuxer = try Demuxer(
      path: "lavfi:color=gray:s=\(width)x\(height):d=0.04,setsar=\(pixels)",
      options: InputOptions(), interruption: Interruption())
    let decoder = try Decoder(for: demuxer, options: InputOptions())
    while let packet = try demuxer.nextPacket() {
      try decoder.send(packet)
      if let frame = try decoder.nextFrame() { return frame }
    }
    try decoder.send(nil)
    return try #require(try decoder.nextFrame())
  }

  /// A face of 100 pixels, turned a little.
  private static let landmarks = Landmarks(
    leftEye: Point(x: 410, y: 150), rightEye: Point(x: 448, y: 156),
    noseTip: Point(x: 432, y: 178), leftMouthCorner: Point(x: 408, y: 192),
    rightMouthCorner: Point(x: 440, y: 197))

  @Test("the shape of the pixels changes nothing of the pose", arguments: [2, 4])
  func pixelShape(factor: Int) throws {
    let square = Posing(frame: try frame(width: 640, height: 360, pixels: "1"), focal: nil)
    let wide = Posing(
      frame: try frame(width: 640 / factor, height: 360, pixels: "\(factor)/1"), focal: nil)
    let expected = try #require(square.pose(of: Self.landmarks))
    let found = try #require(
      wide.pose(of: Self.landmarks.scaled(byX: 1 / Float(factor), y: 1)))
    // Factors of two are exact in floating point, so everything agrees to the last bit.
    #expect(found.record == expected.record)
    let axes = try #require(expected.axes)
    func narrowed(_ point: Point) -> Point { point.scaled(byX: 1 / Float(factor), y: 1) }
    #expect(
      found.axes
        == PoseAxes(
          origin: narrowed(axes.origin), x: narrowed(axes.x), y: narrowed(axes.y),
          z: narrowed(axes.z)))
  }

  @Test("angles come in degrees with the signs of HeadPose")
  func units() throws {
    let posing = Posing(frame: try frame(width: 640, height: 360, pixels: "1"), focal: nil)
    let pose = try #require(posing.pose(of: Self.landmarks)).record
    // The line of the eyes falls by 6 px over 38 px to the right: clockwise, some 9°.
    #expect((5...14).contains(pose.roll))
    #expect(abs(pose.yaw) < 60 && abs(pose.pitch) < 60)
    #expect((0..<3).allSatisfy { (0.1...180).contains(pose.sigma[$0]) })
    #expect(pose.residual >= 0)
  }

  @Test(
    "with landmarks that turn by an angle the roll turns by it", arguments: [-24.0, -10, 10, 24])
  func turning(degrees: Double) throws {
    let posing = Posing(frame: try frame(width: 640, height: 360, pixels: "1"), focal: nil)
    let upright = try #require(posing.pose(of: SampleMotion.landmarks(turnedBy: 0))).record
    let turned = try #require(posing.pose(of: SampleMotion.landmarks(turnedBy: degrees))).record
    // The face sits in the middle, so turning the picture turns the head by the angle; the rest is
    // what roll and the nod before it share.
    #expect(abs(turned.roll - upright.roll - Float(degrees)) < 4)
  }

  @Test("a longer focal length changes the pose, the default is the long side")
  func focalLength() throws {
    let frame = try frame(width: 640, height: 360, pixels: "1")
    let usual = Posing(frame: frame, focal: nil).pose(of: Self.landmarks)?.record
    #expect(usual == Posing(frame: frame, focal: 640).pose(of: Self.landmarks)?.record)
    #expect(usual != Posing(frame: frame, focal: 2000).pose(of: Self.landmarks)?.record)
  }

  @Test("landmarks in one point have no pose")
  func degenerate() throws {
    let posing = Posing(frame: try frame(width: 64, height: 48, pixels: "1"), focal: nil)
    let point = Point(x: 5, y: 5)
    #expect(
      posing.pose(
        of: Landmarks(
          leftEye: point, rightEye: point, noseTip: point, leftMouthCorner: point,
          rightMouthCorner: point)) == nil)
  }
}
