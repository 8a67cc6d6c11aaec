import Testing

@testable import Pipeline

@Suite("Size of the network's picture")
struct InputSizeTests {
  private typealias Size = Configuration.InputSize

  @Test(
    "three forms of text are read, and written alike",
    arguments: ["640", "32", "8192", "640x360", "source"])
  func textForms(text: String) {
    #expect(Size(text)?.description == text)
  }

  @Test("the forms mean what they say")
  func meaning() {
    #expect(Size("640") == .longSide(640))
    #expect(Size("640x360") == .within(width: 640, height: 360))
    #expect(Size("source") == .source)
  }

  @Test(
    "everything else is refused",
    arguments: [
      "", "31", "8193", "-640", "640x", "x640", "640x31", "8193x640", "640x360x3", "640 x 360",
      "640X360", "Source", "6e2", "64.5", "full",
    ])
  func refused(text: String) {
    #expect(Size(text) == nil)
  }

  struct Case: Sendable {
    var size: String
    var frame: (width: Int, height: Int)
    var pixelAspect = 1.0
    var expected: (width: Int, height: Int)
  }

  @Test(
    "the picture keeps the shape viewers see",
    arguments: [
      Case(size: "640", frame: (1920, 1080), expected: (640, 360)),
      Case(size: "640", frame: (1080, 1920), expected: (360, 640)),
      Case(size: "640", frame: (640, 640), expected: (640, 640)),
      // Smaller frames are enlarged to the long side.
      Case(size: "640", frame: (320, 180), expected: (640, 360)),
      // 1366·640/1366 and 768·640/1366 = 359.8.
      Case(size: "640", frame: (1366, 768), expected: (640, 360)),
      // 719·640/1279 = 359.78, 721·640/1281 = 360.2.
      Case(size: "640", frame: (1279, 719), expected: (640, 360)),
      Case(size: "640", frame: (1281, 721), expected: (640, 360)),
      Case(size: "640x360", frame: (1920, 1080), expected: (640, 360)),
      Case(size: "640x640", frame: (1920, 1080), expected: (640, 360)),
      Case(size: "320x640", frame: (1920, 1080), expected: (320, 180)),
      Case(size: "640x180", frame: (1920, 1080), expected: (320, 180)),
      Case(size: "source", frame: (1921, 1083), expected: (1921, 1083)),
      // PAL as 16:9 with pixels of 64:45: 720·64/45 = 1024 wide as shown.
      Case(size: "source", frame: (720, 576), pixelAspect: 64.0 / 45, expected: (1024, 576)),
      Case(size: "640", frame: (720, 576), pixelAspect: 64.0 / 45, expected: (640, 360)),
      // Upright pixels: the height becomes the long side.
      Case(size: "640", frame: (640, 480), pixelAspect: 0.5, expected: (427, 640)),
      // Sides never vanish.
      Case(size: "640", frame: (10_000, 1), expected: (640, 1)),
      Case(size: "640", frame: (1, 10_000), expected: (1, 640)),
      Case(size: "640", frame: (1, 1), expected: (640, 640)),
      Case(size: "source", frame: (1, 1), pixelAspect: 0.1, expected: (1, 1)),
    ])
  func picture(example: Case) throws {
    let size = try #require(Configuration.InputSize(example.size))
    let picture = size.picture(
      forWidth: example.frame.width, height: example.frame.height,
      pixelAspect: example.pixelAspect)
    #expect(picture == example.expected)
  }
}
