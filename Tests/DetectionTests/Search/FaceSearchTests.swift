import Imaging
import Synchronization
import Testing

@testable import Detection

/// Finds faces that were put into a frame: those a look is shown, if they are large enough in it.
private final class ScriptedDetector: FaceDetector {
  /// In pixels of the frame.
  private let faces: [Detection]
  /// Faces that are less wide in the picture score this instead of their own.
  private let weakScore: Float
  private let looks = Mutex<[String]>([])

  init(faces: [Detection], weakScore: Float = 0.2) {
    self.faces = faces
    self.weakScore = weakScore
  }

  /// Each picture as `x,y sourceWidth×sourceHeight>width×height`.
  var seen: [String] { looks.withLock { $0 } }

  func detect(
    in picture: ScaledPicture, into detections: inout [Detection]
  ) throws(DetectionError) {
    looks.withLock {
      $0.append(
        "\(picture.sourceX),\(picture.sourceY) \(picture.sourceWidth)×\(picture.sourceHeight)"
          + ">\(picture.width)×\(picture.height)")
    }
    detections.removeAll()
    let part = BoundingBox(
      x: Float(picture.sourceX), y: Float(picture.sourceY), width: Float(picture.sourceWidth),
      height: Float(picture.sourceHeight))
    for face in faces where face.box.intersectionArea(with: part) > 0 {
      var found = face
      if face.box.width / picture.scaleX < 10 { found.score = weakScore }
      detections.append(found)
    }
  }
}

@Suite("Search for faces")
struct FaceSearchTests {
  private func find(
    _ detector: ScriptedDetector, _ quality: SearchQuality, width: Int = 1920, height: Int = 1080,
    base: (width: Int, height: Int) = (640, 360),
    change: (inout SearchOptions) -> Void = { _ in }
  ) throws -> [Detection] {
    var options = SearchOptions(quality: quality, options: DetectorOptions())
    change(&options)
    var search = FaceSearch(
      detector: detector, options: options, width: width, height: height, base: base)
    var faces: [Detection] = []
    // Twice: nothing may be left of the frame before.
    for _ in 0..<2 {
      search.begin()
      while search.nextPicture != nil { try search.look() }
      search.finish(into: &faces)
    }
    return faces
  }

  @Test(
    "frames of any shape can be searched",
    arguments: [(1, 40_000, 1, 32), (40_000, 1, 32, 1), (1080, 1920, 640, 1), (1080, 1920, 1, 640)])
  func anyShape(width: Int, height: Int, baseWidth: Int, baseHeight: Int) throws {
    let detector = ScriptedDetector(faces: [squareFace(0, 0, side: 1, score: 0.9)])
    _ = try find(
      detector, .balanced, width: width, height: height, base: (baseWidth, baseHeight))
    #expect(!detector.seen.isEmpty)
  }

  @Test("a fast search is one look")
  func fast() throws {
    let detector = ScriptedDetector(faces: [squareFace(100, 100, side: 90, score: 0.9)])
    let faces = try find(detector, .fast)
    #expect(faces == [squareFace(100, 100, side: 90, score: 0.9)])
    #expect(detector.seen == Array(repeating: "0,0 1920×1080>640×360", count: 2))
  }

  @Test("hints of small faces are looked at in full size, and only they")
  func tiles() throws {
    let small = squareFace(1700, 900, side: 24, score: 0.9)
    let detector = ScriptedDetector(faces: [small, squareFace(100, 100, side: 300, score: 0.8)])
    let faces = try find(detector, .balanced)
    #expect(faces.map(\.score) == [0.9, 0.8])
    #expect(faces.first == small)
    let looks = Set(detector.seen)
    #expect(
      looks == [
        "0,0 1920×1080>640×360", "0,0 1920×1080>320×180", "1408,568 512×512>512×512",
      ])
  }

  @Test(
    "a face on the edge of two tiles is found once",
    arguments: Array(stride(from: 380.0, to: 540, by: 7)))
  func tileEdges(x: Double) throws {
    let face = squareFace(Float(x), 500, side: 24, score: 0.9)
    let detector = ScriptedDetector(faces: [face])
    let faces = try find(detector, .balanced)
    #expect(faces == [face])
  }

  @Test("every place of the frame has a tile", arguments: [(1920, 1080), (700, 500), (5000, 513)])
  func tilesCover(width: Int, height: Int) throws {
    for (fractionX, fractionY) in [(0.0, 0.0), (1, 1), (0.5, 0.3), (0.99, 0.01), (0.27, 0.73)] {
      let face = squareFace(
        Float(fractionX * Double(width - 20)), Float(fractionY * Double(height - 20)), side: 20,
        score: 0.9)
      let detector = ScriptedDetector(faces: [face])
      let faces = try find(
        detector, .balanced, width: width, height: height,
        base: (320, max(1, 320 * height / width)))
      #expect(faces == [face])
    }
  }

  @Test("a frame seen in full size has no tiles")
  func noTiles() throws {
    let detector = ScriptedDetector(faces: [squareFace(30, 30, side: 9, score: 0.9)])
    let faces = try find(detector, .balanced, width: 640, height: 360)
    #expect(faces.isEmpty)
    #expect(Set(detector.seen) == ["0,0 640×360>640×360", "0,0 640×360>320×180"])
  }

  @Test("a thorough search looks in every size that does not enlarge the frame more than twice")
  func best() throws {
    // In the middle, where the mirror leaves it.
    let detector = ScriptedDetector(faces: [squareFace(580, 100, side: 120, score: 0.9)])
    let faces = try find(detector, .best, width: 1280, height: 720)
    #expect(faces.count == 1)
    let sizes = detector.seen.prefix(detector.seen.count / 2).map { $0.split(separator: ">")[1] }
    #expect(
      sizes == [
        "640×360", "640×360", "889×500", "889×500", "1422×800", "1422×800", "2133×1200",
        "2133×1200", "320×180", "320×180",
      ])
  }

  @Test(
    "faces of every size are found in every way of searching",
    arguments: SearchQuality.allCases, [(640, 360), (1024, 683), (1920, 1080)])
  func everySize(quality: SearchQuality, base: (width: Int, height: Int)) throws {
    for side: Float in [30, 55, 80, 120, 149, 160, 185, 200, 210, 260, 400, 700, 990] {
      let face = squareFace(960 - side / 2, 540 - side / 2, side: side, score: 0.9)
      let faces = try find(ScriptedDetector(faces: [face]), quality, base: base)
      #expect(faces.count == 1, "\(side)")
    }
  }

  @Test("a face in the mirror is moved back, its landmarks too")
  func mirror() throws {
    var face = squareFace(100, 100, side: 90, score: 0.9)
    face.landmarks.leftEye.x = 120
    face.landmarks.rightEye.x = 170
    let mirrored = face.mirrored(frameWidth: 1920)
    #expect(mirrored.box.minX == 1730 && mirrored.box.maxX == 1820)
    #expect(mirrored.landmarks.leftEye.x == 1750 && mirrored.landmarks.rightEye.x == 1800)
    #expect(mirrored.mirrored(frameWidth: 1920) == face)
  }

  @Test("limits hold for what all looks found together")
  func limits() throws {
    let detector = ScriptedDetector(
      faces: [
        squareFace(100, 100, side: 90, score: 0.7), squareFace(500, 100, side: 40, score: 0.9),
        squareFace(900, 100, side: 90, score: 0.8), squareFace(1300, 100, side: 90, score: 0.4),
      ])
    let faces = try find(detector, .balanced) {
      $0.maximumFaces = 1
      $0.minimumFaceSize = 50
    }
    #expect(faces.map(\.score) == [0.8])
  }
}

@Suite("Mirrored pictures")
struct MirroredPictureTests {
  @Test("rows are reversed, channels are not")
  func mirrored() {
    let picture = ScaledPicture(width: 3, height: 2, sourceWidth: 3, sourceHeight: 2)
    picture.pixels = (0..<18).map { UInt8($0) }
    let mirror = picture.mirrored()
    #expect(mirror.pixels == [6, 7, 8, 3, 4, 5, 0, 1, 2, 15, 16, 17, 12, 13, 14, 9, 10, 11])
    #expect(picture.mirrored(reusing: mirror) === mirror)
    let other = ScaledPicture(width: 2, height: 2, sourceWidth: 2, sourceHeight: 2)
    #expect(picture.mirrored(reusing: other) !== other)
  }
}
