import Foundation
import Imaging
import TestSupport
import Testing

@testable import Media

/// A way to store colours: matrix, range and pixel format, and the formulas that go with it.
struct ColorCoding: Sendable, CustomTestStringConvertible {
  /// FFmpeg's name of the matrix; `nil` leaves the stream without one.
  var matrix: String?
  var isFullRange: Bool
  var pixelFormat: String
  var bitDepth: Int
  /// Luma coefficients Kr and Kb (ITU-T H.273, table 4).
  var red: Double
  var blue: Double

  var testDescription: String {
    "\(matrix ?? "no matrix"), \(isFullRange ? "full" : "limited") range, \(pixelFormat)"
  }

  static let all: [ColorCoding] = {
    let matrices: [(String?, Double, Double)] = [
      (nil, 0.299, 0.114), ("smpte170m", 0.299, 0.114), ("bt470bg", 0.299, 0.114),
      ("bt709", 0.2126, 0.0722), ("bt2020nc", 0.2627, 0.0593),
    ]
    let formats = [("yuv420p", 8), ("yuv422p", 8), ("yuv444p", 8), ("yuv420p10le", 10)]
    return matrices.flatMap { matrix, red, blue in
      formats.flatMap { format, depth in
        [false, true].map {
          ColorCoding(
            matrix: matrix, isFullRange: $0, pixelFormat: format, bitDepth: depth, red: red,
            blue: blue)
        }
      }
    }
  }()

  /// Source: ITU-T H.273, section 8.3, equations 20 to 31 (Y'CbCr from R'G'B' of 0 to 1).
  func samples(of color: (r: Double, g: Double, b: Double)) -> (y: Int, cb: Int, cr: Int) {
    let y = red * color.r + (1 - red - blue) * color.g + blue * color.b
    let cb = (color.b - y) / (2 * (1 - blue))
    let cr = (color.r - y) / (2 * (1 - red))
    let scale = Double(1 << (bitDepth - 8))
    let peak = Double(1 << bitDepth) - 1
    func quantized(_ value: Double, _ span: Double, _ offset: Double) -> Int {
      Int(
        min(peak, isFullRange ? value * peak + offset * scale : (value * span + offset) * scale)
          .rounded())
    }
    return (
      quantized(y, 219, isFullRange ? 0 : 16), quantized(cb, 224, 128), quantized(cr, 224, 128)
    )
  }

  /// A clip of one frame per colour, its samples computed here and stored without loss.
  func makeClip(
    _ path: String, of colors: [(r: Double, g: Double, b: Double)], width: Int, height: Int
  ) throws {
    let format = try #require(PixelLayout.format(named: pixelFormat))
    let layout = try #require(PixelLayout.planarFormat(format))
    var bytes = Data()
    for color in colors {
      let (y, cb, cr) = samples(of: color)
      for (plane, value) in [y, cb, cr].enumerated() {
        let size = layout.planeSize(plane, width: width, height: height)
        let word = [UInt8(value & 255), UInt8(value >> 8)].prefix(layout.bytesPerSample)
        for _ in 0..<size.width * size.height { bytes.append(contentsOf: word) }
      }
    }
    let raw = path + ".yuv"
    try bytes.write(to: URL(filePath: raw))
    let tags =
      (matrix.map { ["-colorspace", $0] } ?? []) + ["-color_range", isFullRange ? "pc" : "tv"]
    try Clips.make(
      path,
      ["-f", "rawvideo", "-pixel_format", pixelFormat, "-video_size", "\(width)x\(height)"] + tags
        + ["-i", raw, "-c:v", "ffv1"] + tags)
  }
}

@Suite("Picture converter")
struct PictureConverterTests {
  private static let colors: [(r: Double, g: Double, b: Double)] = [
    (0, 0, 0), (1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (0, 1, 1), (1, 0, 1),
    (0.5, 0.5, 0.5), (0.88, 0.67, 0.55),
  ]

  /// Levels of 255. Rounding of the samples to 8 bits takes one or two; libswscale's quick path
  /// multiplies in 16 bits and cuts off, which takes up to three at saturated colours.
  private static let tolerance = 3

  private func pixel(_ picture: ScaledPicture, x: Int, y: Int) -> [Int] {
    let start = (y * picture.width + x) * 3
    return picture.pixels[start..<start + 3].map(Int.init)
  }

  private func isNear(_ pixel: [Int], _ expected: [Int]) -> Bool {
    zip(pixel, expected).allSatisfy { abs($0 - $1) <= Self.tolerance }
  }

  @Test("colours of every coding become the right BGR", arguments: ColorCoding.all)
  func colors(coding: ColorCoding) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("colors.mkv")
    try coding.makeClip(path, of: Self.colors, width: 16, height: 12)
    let frames = try decodeVideo(path).frames
    #expect(frames.count == Self.colors.count)
    let converter = PictureConverter()
    let picture = ScaledPicture(width: 8, height: 6, sourceWidth: 16, sourceHeight: 12)
    for (color, frame) in zip(Self.colors, frames) {
      try converter.scale(frame, into: picture)
      let expected = [color.b, color.g, color.r].map { Int(($0 * 255).rounded()) }
      for (x, y) in [(0, 0), (7, 5), (3, 2)] {
        let actual = pixel(picture, x: x, y: y)
        #expect(isNear(actual, expected), "\(color) became \(actual) at (\(x), \(y))")
      }
    }
  }

  @Test("grey pictures become grey")
  func grey() throws {
    let frame = try firstFrame(ofGraph: "color=black:size=16x12,format=gray,geq=lum=126")
    let picture = ScaledPicture(width: 16, height: 12, sourceWidth: 16, sourceHeight: 12)
    try PictureConverter().scale(frame, into: picture)
    // Limited range: (126 - 16) · 255 / 219.
    #expect(isNear(pixel(picture, x: 5, y: 5), [128, 128, 128]))
  }

  @Test(
    "a tagged file comes out in its colours",
    arguments: [("bt709", "tv"), ("bt709", "pc"), ("smpte170m", "tv"), ("bt2020nc", "tv")])
  func taggedFile(matrix: String, range: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("red.mp4")
    let scaleName =
      ["bt709": "bt709", "smpte170m": "bt601", "bt2020nc": "bt2020"][matrix] ?? matrix
    try Clips.make(
      path,
      [
        "-f", "lavfi", "-i", "color=red:size=64x48:rate=25", "-frames:v", "2", "-vf",
        "scale=out_color_matrix=\(scaleName):out_range=\(range),format=yuv420p", "-c:v", "libx264",
        "-qp", "1", "-colorspace", matrix, "-color_range", range,
      ])
    let frame = try #require(try decodeVideo(path).frames.first)
    let picture = ScaledPicture(width: 32, height: 24, sourceWidth: 64, sourceHeight: 48)
    try PictureConverter().scale(frame, into: picture)
    let actual = pixel(picture, x: 16, y: 12)
    #expect(isNear(actual, [0, 0, 254]), "\(actual)")
  }

  @Test("each corner stays where it is, for sizes that hurt")
  func geometry() throws {
    // A white quarter at the top right of a black picture.
    let frame = try firstFrame(
      ofGraph: plainGraph("yuv420p", 101, 67)
        + ",geq=lum='if(gt(X,60)*lt(Y,30),235,16)':cb=128:cr=128")
    let converter = PictureConverter()
    for (width, height) in [(101, 67), (50, 33), (33, 67), (101, 20), (203, 134), (17, 11)] {
      let picture = ScaledPicture(
        width: width, height: height, sourceWidth: 101, sourceHeight: 67)
      try converter.scale(frame, into: picture)
      let corners = [
        pixel(picture, x: 0, y: 0), pixel(picture, x: width - 1, y: 0),
        pixel(picture, x: 0, y: height - 1), pixel(picture, x: width - 1, y: height - 1),
      ]
      let expected = [[0, 0, 0], [255, 255, 255], [0, 0, 0], [0, 0, 0]]
      #expect(zip(corners, expected).allSatisfy(isNear), "\(width)×\(height): \(corners)")
    }
  }

  @Test(
    "a part of a frame is what lies there in the whole frame",
    arguments: ["yuv420p", "yuv422p10le"])
  func part(pixelFormat: String) throws {
    let frame = try firstFrame(ofGraph: "testsrc2=size=104x72:rate=1,format=\(pixelFormat)")
    let converter = PictureConverter()
    let whole = ScaledPicture(width: 104, height: 72, sourceWidth: 104, sourceHeight: 72)
    try converter.scale(frame, into: whole)
    let part = ScaledPicture(width: 40, height: 30, sourceWidth: 40, sourceHeight: 30)
    for (x, y) in [(0, 0), (22, 14), (64, 42), (4, 0)] {
      (part.sourceX, part.sourceY) = (x, y)
      try converter.scale(frame, into: part)
      // At the part's edges chroma is interpolated from what lies inside.
      for (dx, dy) in [(2, 2), (20, 15), (37, 27)] {
        let expected = pixel(whole, x: x + dx, y: y + dy)
        #expect(isNear(pixel(part, x: dx, y: dy), expected), "(\(x), \(y)) + (\(dx), \(dy))")
      }
    }
    // The frame itself is as it was.
    try converter.scale(frame, into: whole)
    #expect(frame.width == 104 && frame.height == 72)
  }

  @Test("one converter follows pictures of changing size, format and range")
  func changingPictures() throws {
    let folder = try TemporaryFolder()
    let codings = ColorCoding.all.enumerated().filter { $0.offset % 7 == 0 }.map(\.element)
    var frames: [VideoFrame] = []
    for (number, coding) in codings.enumerated() {
      let (width, height) = [(40, 20), (21, 13), (64, 64)][number % 3]
      let path = folder.path("\(number).mkv")
      try coding.makeClip(path, of: [(1, 0, 0)], width: width, height: height)
      frames += try decodeVideo(path).frames
    }
    let converter = PictureConverter()
    for (coding, frame) in zip(codings + codings, frames + frames) {
      let picture = ScaledPicture(
        width: 20, height: 10, sourceWidth: frame.width, sourceHeight: frame.height)
      try converter.scale(frame, into: picture)
      let actual = pixel(picture, x: 10, y: 5)
      #expect(isNear(actual, [0, 0, 255]), "\(coding.testDescription): \(actual)")
    }
  }
}
