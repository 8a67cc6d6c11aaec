import Imaging
import Media
import Overlay
import Pose
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

  private func posing(
    width: Int = 640, height: Int = 360, pixels: String = "1",
    _ change: (inout Configuration) -> Void = { _ in }
  ) throws -> Posing {
    var configuration = Configuration()
    configuration.input = "talk.mp4"
    change(&configuration)
    return Posing(
      frame: try frame(width: width, height: height, pixels: pixels),
      configuration: configuration)
  }

  /// The pose of landmarks on their own.
  private func pose(_ posing: Posing, _ landmarks: Landmarks) throws -> Posing.Result {
    var posing = posing
    posing.begin(at: 0)
    return try posing.pose(of: landmarks, identity: 1)
  }

  @Test("the shape of the pixels changes nothing of the pose", arguments: [2, 4])
  func pixelShape(factor: Int) throws {
    let wide = try posing(width: 640 / factor, pixels: "\(factor)/1")
    let expected = try pose(posing(), Self.landmarks)
    let found = try pose(wide, Self.landmarks.scaled(byX: 1 / Float(factor), y: 1))
    // Factors of two are exact in floating point, so everything agrees to the last bit.
    #expect(found.record == expected.record)
    let axes = try #require(expected.axes)
    func narrowed(_ point: Point) -> Point { point.scaled(byX: 1 / Float(factor), y: 1) }
    #expect(
      found.axes
        == PoseAxes(
          origin: narrowed(axes.origin), x: narrowed(axes.x), y: narrowed(axes.y),
          z: narrowed(axes.z)))
    let (cuboid, narrow) = (try #require(expected.cuboid), try #require(found.cuboid))
    #expect(narrow.front.topLeft == narrowed(cuboid.front.topLeft))
    #expect(narrow.back.bottomRight == narrowed(cuboid.back.bottomRight))
  }

  @Test("the cuboid is around the face, its front where the face looks")
  func cuboid() throws {
    let result = try pose(posing(), Self.landmarks)
    let (front, back) = try #require(result.cuboid.map { ($0.front, $0.back) })
    for index in 0..<Landmarks.count {
      let point = Self.landmarks[index]
      #expect(point.x > min(front.topLeft.x, back.topLeft.x))
      #expect(point.x < max(front.topRight.x, back.topRight.x))
      #expect(point.y > min(front.topLeft.y, back.topLeft.y))
      #expect(point.y < max(front.bottomLeft.y, back.bottomLeft.y))
    }
    #expect(front.topRight.x - front.topLeft.x > back.topRight.x - back.topLeft.x)
  }

  @Test("angles come in degrees with the signs of HeadPose, the position in mm")
  func units() throws {
    let record = try pose(posing(), Self.landmarks).record
    // The line of the eyes falls by 6 px over 38 px to the right: clockwise, some 9°.
    #expect((5...14).contains(record.angles.roll))
    #expect(abs(record.angles.yaw) < 60 && abs(record.angles.pitch) < 60)
    #expect((0..<3).allSatisfy { (0.1...180).contains(record.sigma[$0]) })
    #expect(record.residual >= 0)
    // 63 mm seen as some 38 px with a focal length of 640 px, right of the middle.
    #expect((900...1300).contains(record.translation.z))
    #expect(record.translation.x > 100 && abs(record.translation.y) < 100)
  }

  @Test("the distance between the eyes scales the position and nothing else")
  func interpupillaryDistance() throws {
    let usual = try pose(posing(), Self.landmarks).record
    let child = try pose(
      posing { $0.pose.interpupillaryDistance = 50.4 }, Self.landmarks
    ).record
    let ratio = child.translation / usual.translation
    #expect((0..<3).allSatisfy { abs(ratio[$0] - 0.8) < 1e-4 })
    #expect(abs(child.angles.yaw - usual.angles.yaw) < 1e-3)
    #expect(abs(child.sigma.x - usual.sigma.x) < 1e-3)
  }

  @Test("the axes begin at the tip of the nose")
  func axesOrigin() throws {
    let axes = try #require(pose(posing(), Self.landmarks).axes)
    #expect(axes.origin == Self.landmarks.noseTip)
  }

  @Test(
    "with landmarks that turn by an angle the roll turns by it", arguments: [-24.0, -10, 10, 24])
  func turning(degrees: Double) throws {
    let upright = try pose(posing(), SampleMotion.landmarks(turnedBy: 0)).record.angles
    let turned = try pose(posing(), SampleMotion.landmarks(turnedBy: degrees)).record.angles
    // The face sits in the middle, so turning the picture turns the head by the angle; the rest is
    // what roll and the nod before it share.
    #expect(abs(turned.roll - upright.roll - Float(degrees)) < 4)
  }

  @Test("a longer focal length changes the pose, the default is the long side")
  func focalLength() throws {
    let usual = try pose(posing(), Self.landmarks).record
    #expect(try usual == pose(posing { $0.focal = 640 }, Self.landmarks).record)
    #expect(try usual != pose(posing { $0.focal = 2000 }, Self.landmarks).record)
  }

  @Test("landmarks in one point have no pose, and the reason is counted")
  func degenerate() throws {
    let point = Point(x: 5, y: 5)
    let collapsed = Landmarks(
      leftEye: point, rightEye: point, noseTip: point, leftMouthCorner: point,
      rightMouthCorner: point)
    let posing = try posing()
    #expect(throws: PoseError.collapsed) { try pose(posing, collapsed) }
    var counts = PoseReasonCounts()
    #expect(counts.total == 0 && counts.description == "")
    counts.add(.collapsed)
    var more = PoseReasonCounts()
    for reason in PoseError.allCases { more.add(reason) }
    counts.add(more)
    #expect(counts.total == 6)
    #expect(
      counts.description
        == "1 not finite, 2 collapsed, 1 behind camera, 1 facing away, 1 poor fit")
  }

  @Test(
    "poses are smoothed with a video or a live input, or as the configuration says",
    arguments: [
      (nil, "talk.mp4", .auto, false), ("out.mp4", "talk.mp4", .auto, true),
      (nil, "rtsp://camera/stream", .auto, true), (nil, "talk.mp4", .on, true),
      ("out.mp4", "talk.mp4", .off, false),
    ] as [(String?, String, Configuration.Choice, Bool)])
  func smoothing(
    output: String?, input: String, setting: Configuration.Choice, isSmoothed: Bool
  ) throws {
    let posing = try posing {
      $0.output = output
      $0.input = input
      $0.pose.smooth = setting
    }
    #expect(try (pose(posing, Self.landmarks).smoothed != nil) == isSmoothed)
  }

  @Test("smoothing leaves the raw pose as it is, and begins anew after a gap and for a new face")
  func smoothed() throws {
    var smoothing = try posing { $0.pose.smooth = .on }
    let plain = try posing()
    func shaken(_ frame: Int) -> Landmarks {
      SampleMotion.landmarks(turnedBy: frame % 2 == 0 ? 3 : -3)
    }
    for frame in 0..<50 {
      smoothing.begin(at: Double(frame) / 25)
      let result = try smoothing.pose(of: shaken(frame), identity: 7)
      #expect(try result.record == pose(plain, shaken(frame)).record)
      let smoothed = try #require(result.smoothed)
      if frame > 25 { #expect(abs(smoothed.roll) < 1.5, "frame \(frame): \(smoothed.roll)") }
    }
    smoothing.begin(at: 2)
    let other = try smoothing.pose(of: shaken(50), identity: 8)
    #expect(other.smoothed == other.record.angles)
    smoothing.begin(at: 2.6)
    let later = try smoothing.pose(of: shaken(50), identity: 7)
    #expect(later.smoothed == later.record.angles)
    smoothing.begin(at: 1)
    let earlier = try smoothing.pose(of: shaken(51), identity: 7)
    #expect(earlier.smoothed == earlier.record.angles)
  }
}
