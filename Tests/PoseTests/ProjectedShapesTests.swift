import Imaging
import Pose
import Testing

@Suite("Axes of a head")
struct ProjectedAxesTests {
  let camera = Camera(width: 1280, height: 720)

  @Test("of a face that looks straight ahead point right, up, and at the viewer")
  func frontal() throws {
    let pose = HeadPose(rotation: .identity, translation: SIMD3(0, 0, 931.94))
    let axes = try #require(camera.projectAxes(of: pose, length: 80))
    // The nose tip is 800 mm away and 8 mm below the axis, so 1.6 px a mm.
    #expect(abs(axes.origin.x - 639.824) < 1e-3 && abs(axes.origin.y - 372.8) < 1e-3)
    #expect(abs(axes.x.x - axes.origin.x - 128) < 1e-3 && axes.x.y == axes.origin.y)
    #expect(abs(axes.origin.y - axes.y.y - 128) < 1e-3 && axes.y.x == axes.origin.x)
    // 720 mm away.
    #expect(abs(axes.z.y - (360 + 8 * 1280.0 / 720)) < 1e-3)
  }

  @Test("follow the nose")
  func turned() throws {
    let pose = HeadPose(
      rotation: HeadPose.rotation(yaw: 0.5, pitch: 0.3, roll: 0), translation: SIMD3(0, 0, 900))
    let axes = try #require(camera.projectAxes(of: pose))
    #expect(axes.z.x > axes.origin.x && axes.z.y < axes.origin.y)
  }

  @Test("have no picture where they reach behind the camera")
  func behind() {
    let pose = HeadPose(rotation: .identity, translation: SIMD3(0, 0, 200))
    #expect(camera.projectAxes(of: pose, length: 80) == nil)
    #expect(camera.projectAxes(of: pose, length: .nan) == nil)
    #expect(
      camera.projectCuboid(of: HeadPose(rotation: .identity, translation: SIMD3(0, 0, 100))) == nil)
  }
}

@Suite("Box around a head")
struct ProjectedCuboidTests {
  let camera = Camera(width: 1280, height: 720)

  @Test("encloses the face's landmarks, and turns as the head does")
  func encloses() throws {
    for yaw in [-60.0, 0, 40] {
      let pose = HeadPose(
        rotation: HeadPose.rotation(yaw: radians(yaw), pitch: radians(10), roll: radians(-20)),
        translation: SIMD3(0, 0, 900))
      let cuboid = try #require(camera.projectCuboid(of: pose))
      let face = try #require(camera.project(.average, at: pose))
      let xs = [cuboid.front, cuboid.back].flatMap {
        [$0.topLeft.x, $0.topRight.x, $0.bottomRight.x, $0.bottomLeft.x]
      }
      for index in 0..<Landmarks.count where index != 2 {
        #expect(face[index].x > xs.min() ?? 0 && face[index].x < xs.max() ?? 0)
      }
      // The front is on the side the face turns to.
      let middles = [cuboid.front, cuboid.back].map { ($0.topLeft.x + $0.bottomRight.x) / 2 }
      if yaw != 0 { #expect((middles[0] > middles[1]) == (yaw > 0)) }
    }
  }

  @Test("is larger in front than behind for a face that looks into the camera")
  func perspective() throws {
    let pose = HeadPose(rotation: .identity, translation: SIMD3(0, 0, 1000))
    let cuboid = try #require(camera.projectCuboid(of: pose))
    // 154 mm at 892 and at 1087 mm.
    let front = cuboid.front.topRight.x - cuboid.front.topLeft.x
    let back = cuboid.back.topRight.x - cuboid.back.topLeft.x
    #expect(abs(front - 154 * 1280 / 892) < 0.01 && abs(back - 154 * 1280 / 1087) < 0.01)
    #expect(cuboid.front.topLeft.y < cuboid.front.bottomLeft.y)
  }
}
