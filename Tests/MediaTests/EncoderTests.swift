import Imaging
import TestSupport
import Testing

@testable import Media

@Suite("Encoder")
struct EncoderTests {
  private func picture(_ format: String = "yuv420p", _ width: Int = 64, _ height: Int = 48) throws
    -> VideoFrame
  {
    try firstFrame(ofGraph: plainGraph(format, width, height))
  }

  private func encoder(
    _ codec: String, like frame: VideoFrame, _ options: EncoderOptions = EncoderOptions()
  ) throws(MediaError) -> Encoder {
    try Encoder(
      like: frame, codecName: codec, frameRate: Rational(25, 1), needsGlobalHeader: true,
      options: options)
  }

  @Test("an encoder FFmpeg does not have is named", arguments: ["libx2640", "", "aac", "h264"])
  func unknownEncoder(name: String) throws {
    let frame = try picture()
    #expect(throws: MediaError.unknownEncoder(name: name)) { try encoder(name, like: frame) }
  }

  @Test("an encoder without constant rate factor or presets refuses them")
  func missingSettings() throws {
    let frame = try picture()
    #expect(
      throws: MediaError.encoderOption(
        encoder: "mpeg4", option: "--crf 20", reason: "it has no such setting")
    ) { try encoder("mpeg4", like: frame, EncoderOptions(crf: 20)) }
    #expect(
      throws: MediaError.encoderOption(
        encoder: "ffv1", option: "--preset veryfast", reason: "it has no such setting")
    ) { try encoder("ffv1", like: frame, EncoderOptions(preset: "veryfast")) }
  }

  @Test("a preset the encoder does not know is refused with its reason")
  func unknownPreset() throws {
    let frame = try picture()
    let error = #expect(throws: MediaError.self) {
      try encoder("libx264", like: frame, EncoderOptions(preset: "warp"))
    }
    guard case .encoderOption("libx264", "--preset warp", let reason)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.contains("warp"), "\(reason)")
  }

  @Test("a pixel format FFmpeg or the encoder does not know is refused with those there are")
  func unknownPixelFormat() throws {
    let frame = try picture()
    for name in ["yuv421p", "yuv410p"] {
      #expect(
        throws: MediaError.encoderOption(
          encoder: "mpeg4", option: "pixel format '\(name)'", reason: "it takes yuv420p")
      ) { try encoder("mpeg4", like: frame, EncoderOptions(pixelFormat: name)) }
    }
  }

  @Test(
    "a frame's own format is kept where the encoder takes it",
    arguments: [
      ("libx264", "yuv420p", "yuv420p"), ("libx264", "yuv422p", "yuv422p"),
      ("libx264", "yuv420p10le", "yuv420p10le"), ("libx264", "yuvj420p", "yuvj420p"),
      ("libx264", "gray", "gray"), ("libx265", "yuv444p10le", "yuv444p10le"),
      ("libx264", "yuv420p12le", "yuv420p10le"), ("libx264", "yuv440p", "yuv444p"),
      ("mpeg4", "yuv444p", "yuv420p"), ("mjpeg", "yuv420p", "yuvj420p"),
      ("mjpeg", "yuv422p", "yuvj422p"), ("mjpeg", "yuvj444p", "yuvj444p"),
      ("ffv1", "yuv422p10le", "yuv422p10le"), ("libvpx-vp9", "yuv444p", "yuv444p"),
    ])
  func keptFormat(codec: String, input: String, expected: String) throws {
    let encoder = try encoder(codec, like: try picture(input))
    #expect(encoder.pixelFormat == expected)
    #expect(encoder.remark == nil)
  }

  @Test("pictures that came as RGB are stored as most players want them")
  func fromRGB() throws {
    let frame = try FrameNormalizer(orientation: .upright).normalize(try picture("rgb24")).frame
    #expect(try encoder("libx264", like: frame).pixelFormat == "yuv420p")
    #expect(try encoder("ffv1", like: frame).pixelFormat == "yuv444p")
  }

  @Test(
    "pictures in RGB keep what the encoder can hold",
    arguments: [
      ("png", "rgb24"), ("tiff", "rgb24"), ("bmp", "bgr24"), ("ppm", "rgb24"),
      ("mjpeg", "yuvj444p"), ("libwebp", "yuv420p"), ("libx264", "yuv420p"),
      ("libvpx-vp9", "yuv420p"), ("libx265", "yuv420p"),
    ])
  func fromRGBPicture(codec: String, expected: String) throws {
    let frame = try FrameNormalizer(orientation: .upright, isOfPictures: true)
      .normalize(try picture("rgb24")).frame
    #expect(try encoder(codec, like: frame).pixelFormat == expected)
  }

  @Test("JPEG takes a quantiser for its quality")
  func quantizer() throws {
    let frame = try picture("yuvj420p")
    _ = try encoder("mjpeg", like: frame, EncoderOptions(crf: 1))
    #expect(
      throws: MediaError.encoderOption(
        encoder: "mjpeg", option: "--crf 32.0", reason: "its quantiser goes from 1 to 31")
    ) { try encoder("mjpeg", like: frame, EncoderOptions(crf: 32)) }
  }

  @Test("odd sizes become 4:4:4 in H.264, and that is said")
  func oddSizes() throws {
    for (width, height) in [(33, 24), (32, 25), (33, 25)] {
      let odd = try encoder("libx264", like: try picture("yuv420p", width, height))
      #expect(odd.pixelFormat == "yuv444p")
      #expect(
        odd.remark
          == "pictures of \(width)×\(height) are encoded as 4:4:4, because H.264 and "
          + "H.265 hold odd sizes only so; some hardware players cannot show that")
    }
    #expect(
      try encoder("libx264", like: try picture("yuv420p10le", 33, 25)).pixelFormat
        == "yuv444p10le")
    #expect(try encoder("ffv1", like: try picture("yuv420p", 33, 25)).remark == nil)
    #expect(try encoder("libx264", like: try picture("gray", 33, 25)).remark == nil)
  }

  @Test("an odd size whose chroma is subsampled one way only needs no 4:4:4 the other way")
  func oddSizesOneWay() throws {
    let tall = try encoder("libx264", like: try picture("yuv422p", 32, 25))
    #expect(tall.pixelFormat == "yuv422p")
    #expect(tall.remark == nil)
    #expect(
      try encoder("libx264", like: try picture("yuv422p", 33, 24)).pixelFormat == "yuv444p")
  }

  @Test("settings the encoder takes are accepted")
  func acceptedSettings() throws {
    let frame = try picture()
    _ = try encoder("libx264", like: frame, EncoderOptions(crf: 30, preset: "ultrafast"))
    _ = try encoder("libx264", like: frame, EncoderOptions(bitrate: 400_000))
    _ = try encoder("mpeg4", like: frame, EncoderOptions(bitrate: 400_000))
    _ = try encoder("libx264", like: frame, EncoderOptions(pixelFormat: "yuv444p"))
  }

  @Test("every frame leaves once, after draining, with any delay")
  func drained() throws {
    let frames = try decodeVideo("lavfi:testsrc2=size=64x48:rate=25:duration=2,format=yuv420p")
      .frames
    for codec in ["libx264", "libx265", "mpeg4", "mpeg2video", "ffv1", "mjpeg", "libvpx-vp9"] {
      let encoder = try encoder(codec, like: frames[0])
      var packets = 0
      for frame in frames { try encoder.encode(frame) { _ in packets += 1 } }
      try encoder.encode(nil) { _ in packets += 1 }
      #expect(packets == frames.count, "\(codec)")
    }
  }
}
