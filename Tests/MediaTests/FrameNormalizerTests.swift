import Imaging
import TestSupport
import Testing

@testable import Media

@Suite("Frame normalizer")
struct FrameNormalizerTests {
  /// Every sample tells its place: luma 16 + X + 2Y, Cb 16 + X, Cr 16 + Y.
  private func placed(_ format: String, _ width: Int, _ height: Int) throws -> VideoFrame {
    try firstFrame(
      ofGraph: plainGraph(format, width, height)
        + ",geq=lum=16+X+2*Y:cb=16+X:cr=16+Y,format=\(format)")
  }

  private func turned(_ example: OrientationCase) -> FrameNormalizer {
    FrameNormalizer(orientation: example.orientation)
  }

  @Test(
    "planar frames pass through untouched",
    arguments: ["yuv420p", "yuv422p", "yuv444p", "yuvj420p", "gray", "yuv420p10le"])
  func untouched(format: String) throws {
    let decoded = try placed(format, 33, 17)
    let output = try FrameNormalizer(orientation: .upright).normalize(decoded)
    #expect(output.frame === decoded)
    #expect(!output.wasRescaled)
  }

  @Test("a frame of another size is scaled to the first one's, and that is reported")
  func changedSize() throws {
    let normalizer = FrameNormalizer(orientation: .upright)
    let first = try firstFrame(ofGraph: "color=gray:size=64x48,format=yuv420p")
    let second = try firstFrame(
      ofGraph: plainGraph("yuv420p", 96, 81) + ",geq=lum=100:cb=90:cr=200")
    second.index = 1
    second.timestamp = Timestamp(ticks: 77, timeBase: Rational(1, 1000))
    second.durationTicks = 5
    second.isDamaged = true
    #expect(try !normalizer.normalize(first).wasRescaled)
    let output = try normalizer.normalize(second)
    #expect(output.wasRescaled)
    #expect((output.frame.width, output.frame.height) == (64, 48))
    #expect(output.frame.index == 1)
    #expect(output.frame.timestamp == Timestamp(ticks: 77, timeBase: Rational(1, 1000)))
    #expect(output.frame.durationTicks == 5)
    #expect(output.frame.isDamaged)
    #expect(sample(output.frame, plane: 0, x: 40, y: 30) == 100)
    #expect(sample(output.frame, plane: 1, x: 20, y: 15) == 90)
    #expect(sample(output.frame, plane: 2, x: 20, y: 15) == 200)
    #expect(try normalizer.normalize(first).frame === first)
  }

  @Test("a frame of another format becomes the first one's")
  func changedFormat() throws {
    let normalizer = FrameNormalizer(orientation: .upright)
    _ = try normalizer.normalize(try firstFrame(ofGraph: "color=gray:size=64x48,format=yuv420p"))
    let other = try firstFrame(ofGraph: "color=gray:size=64x48,format=yuv444p10le")
    let output = try normalizer.normalize(other)
    #expect(PixelLayout.name(output.frame.pixelFormat) == "yuv420p")
    #expect(!output.wasRescaled)
  }

  @Test("pictures stand upright in every plane", arguments: OrientationCase.all)
  func upright(example: OrientationCase) throws {
    for (format, width, height) in [
      ("yuv420p", 33, 17), ("yuv444p", 18, 31), ("gray", 7, 20), ("yuv420p10le", 20, 9),
    ] {
      let decoded = try placed(format, width, height)
      let frame = try turned(example).normalize(decoded).frame
      let isTransposed = example.orientation.isTransposed
      #expect((frame.width, frame.height) == (isTransposed ? (height, width) : (width, height)))
      let layout = try #require(PixelLayout.planarFormat(decoded.pixelFormat))
      for plane in 0..<layout.planeCount {
        let size = layout.planeSize(plane, width: width, height: height)
        for (p, q) in [(0, 0), (size.width - 1, 0), (0, size.height - 1), (2, 1)] {
          let across = isTransposed ? q : p
          let down = isTransposed ? p : q
          let (wide, high) = isTransposed ? (size.height, size.width) : (size.width, size.height)
          let x = example.orientation.flipsHorizontally ? wide - 1 - across : across
          let y = example.orientation.flipsVertically ? high - 1 - down : down
          #expect(
            sample(frame, plane: plane, x: x, y: y) == sample(decoded, plane: plane, x: p, y: q),
            "\(format), plane \(plane), (\(p), \(q))")
        }
      }
    }
  }

  @Test("turning by a quarter swaps the sides of a pixel")
  func pixelAspect() throws {
    let wide = try firstFrame(ofGraph: "color=gray:size=32x16,format=yuv420p,setsar=16/11")
    for example in OrientationCase.all {
      let frame = try turned(example).normalize(wide).frame
      #expect(
        frame.sampleAspectRatio
          == (example.orientation.isTransposed ? Rational(11, 16) : Rational(16, 11)))
    }
  }

  @Test("an unknown pixel shape stays unknown")
  func unknownPixelAspect() throws {
    let frame = try firstFrame(ofGraph: "color=gray:size=32x16,format=yuv420p,setsar=0")
    #expect(!frame.hasSampleAspectRatio)
    #expect(try !turned(OrientationCase.all[1]).normalize(frame).frame.hasSampleAspectRatio)
  }

  @Test("subsampling that cannot be turned becomes 4:4:4 in the same range")
  func turnedSubsampling() throws {
    for (format, upright, range) in [
      ("yuv422p", "yuv444p", ColorDescription.Range.limited), ("yuvj422p", "yuv444p", .full),
      ("yuv422p10le", "yuv444p10le", .limited), ("yuv440p", "yuv444p", .limited),
    ] {
      let decoded = try placed(format, 32, 18)
      let frame = try turned(OrientationCase.all[1]).normalize(decoded).frame
      #expect(PixelLayout.name(frame.pixelFormat) == upright)
      #expect((frame.width, frame.height) == (18, 32))
      #expect(frame.color.range == range, "\(format)")
      // The stored bottom left is the upright top left.
      #expect(
        sample(frame, plane: 0, x: 0, y: 0) == sample(decoded, plane: 0, x: 0, y: 17), "\(format)")
    }
  }

  @Test("a palette becomes YUV and says in which matrix")
  func fromPalette() throws {
    let decoded = try firstFrame(ofGraph: "color=red:size=32x16,format=pal8")
    let frame = try FrameNormalizer(orientation: .upright).normalize(decoded).frame
    let picture = ScaledPicture(width: 8, height: 4, sourceWidth: 32, sourceHeight: 16)
    try PictureConverter().scale(frame, into: picture)
    let pixel = picture.pixels[30..<33].map(Int.init)
    // libswscale rounds a palette's samples down before they are rounded again.
    #expect(zip(pixel, [0, 0, 255]).allSatisfy { abs($0 - $1) <= 4 }, "\(pixel)")
  }

  @Test("RGB becomes BT.709 of limited range and says so")
  func fromRGB() throws {
    for format in ["rgb24", "bgra", "gbrp"] {
      let decoded = try firstFrame(ofGraph: "color=red:size=32x16,format=\(format)")
      let frame = try FrameNormalizer(orientation: .upright).normalize(decoded).frame
      #expect(frame.isFromRGB)
      #expect(frame.color == ColorDescription(matrix: .bt709, range: .limited))
      // BT.709: Y' = 16 + 219 · 0.2126, Cb = 128 - 224 · 0.2126 / 1.8556, Cr = 128 + 112.
      let actual = (0..<3).map { sample(frame, plane: $0, x: 10, y: 10) }
      #expect(
        zip(actual, [63, 102, 240]).allSatisfy { abs($0 - $1) <= 1 }, "\(format): \(actual)")
    }
  }

  @Test("a picture in RGB stays as it is, in planes")
  func pictureInRGB() throws {
    for format in ["rgb24", "bgra", "gbrp"] {
      let decoded = try firstFrame(
        ofGraph: "color=red:size=32x16,format=gbrp,geq=r=200:g=90:b=X,format=\(format)")
      let frame = try FrameNormalizer(orientation: .upright, isOfPictures: true)
        .normalize(decoded).frame
      #expect(frame.isFromRGB)
      #expect(frame.color == ColorDescription(matrix: .identity, range: .full))
      #expect((0..<3).map { sample(frame, plane: $0, x: 10, y: 5) } == [90, 10, 200], "\(format)")
    }
  }

  @Test("a picture loses transparency only where it has some")
  func transparency() throws {
    for format in ["rgba", "bgra", "yuva420p", "ya8"] {
      for (alpha, lost) in [("255", false), ("if(eq(X+Y,45),254,255)", true)] {
        let decoded = try firstFrame(
          ofGraph: "color=gray:size=32x16,format=rgba,geq=r=9:g=9:b=9:a='\(alpha)',"
            + "format=\(format)")
        let output = try FrameNormalizer(orientation: .upright, isOfPictures: true)
          .normalize(decoded)
        #expect(output.lostAlpha == lost, "\(format)")
      }
    }
  }

  @Test("semi-planar and packed YUV keep their samples")
  func repacked() throws {
    for (format, plain) in [
      ("nv12", "yuv420p"), ("yuyv422", "yuv422p"), ("p010le", "yuv420p10le"),
    ] {
      let stored = try firstFrame(
        ofGraph: "color=black:size=32x16,format=\(plain),geq=lum=100:cb=90:cr=200,format=\(format)")
      let frame = try FrameNormalizer(orientation: .upright).normalize(stored).frame
      #expect(!frame.isFromRGB)
      let actual = (0..<3).map { sample(frame, plane: $0, x: 5, y: 5) }
      #expect(actual == [100, 90, 200], "\(format)")
    }
  }
}
