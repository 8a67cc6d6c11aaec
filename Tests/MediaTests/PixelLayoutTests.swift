import Imaging
import Testing

@testable import Media

@Suite("Pixel layouts")
struct PixelLayoutTests {
  /// The working format's name, by the name of the input's.
  private func workingFormat(_ name: String, transposed: Bool) throws -> String {
    let format = try #require(PixelLayout.format(named: name))
    return PixelLayout.name(PixelLayout.workingFormat(for: format, transposed: transposed))
  }

  @Test(
    "planar YUV and grey stay as they are",
    arguments: [
      "yuv420p", "yuv422p", "yuv444p", "yuv440p", "yuv410p", "yuv411p", "yuvj420p", "yuvj422p",
      "yuvj444p", "gray", "gray10le", "yuv420p10le", "yuv422p10le", "yuv444p10le", "yuv420p12le",
      "yuv444p16le",
    ])
  func planar(name: String) throws {
    #expect(try workingFormat(name, transposed: false) == name)
  }

  @Test(
    "everything else becomes the planar format that loses least",
    arguments: [
      ("nv12", "yuv420p"), ("nv21", "yuv420p"), ("nv16", "yuv422p"), ("yuyv422", "yuv422p"),
      ("uyvy422", "yuv422p"), ("p010le", "yuv420p10le"), ("yuv420p10be", "yuv420p10le"),
      ("rgb24", "yuv444p"), ("bgr24", "yuv444p"), ("bgra", "yuv444p"), ("gbrp", "yuv444p"),
      ("gbrp10le", "yuv444p10le"), ("rgb48le", "yuv444p12le"), ("pal8", "yuv444p"),
      ("yuva420p", "yuv420p"), ("yuva444p10le", "yuv444p10le"), ("monob", "gray"),
    ])
  func converted(name: String, expected: String) throws {
    #expect(try workingFormat(name, transposed: false) == expected)
  }

  @Test(
    "RGB that is to stay so becomes planar without loss",
    arguments: [
      ("rgb24", "gbrp"), ("bgra", "gbrp"), ("pal8", "gbrp"), ("gbrp", "gbrp"),
      ("rgb48be", "gbrp16le"), ("rgba64be", "gbrp16le"), ("gbrp10le", "gbrp10le"),
      ("gray16be", "gray16le"), ("ya8", "gray"), ("yuvj420p", "yuvj420p"), ("nv12", "yuv420p"),
    ])
  func keptRGB(name: String, expected: String) throws {
    let format = try #require(PixelLayout.format(named: name))
    for transposed in [false, true] {
      let working = PixelLayout.workingFormat(for: format, transposed: transposed, keepsRGB: true)
      #expect(PixelLayout.name(working) == expected)
    }
  }

  @Test(
    "turning needs chroma subsampled alike in both directions",
    arguments: [
      ("yuv420p", "yuv420p"), ("yuvj420p", "yuvj420p"), ("yuv444p", "yuv444p"), ("gray", "gray"),
      ("yuv422p", "yuv444p"), ("yuvj422p", "yuv444p"), ("yuv440p", "yuv444p"),
      ("yuv422p10le", "yuv444p10le"), ("yuv422p12le", "yuv444p12le"), ("yuyv422", "yuv444p"),
      ("nv16", "yuv444p"), ("p010le", "yuv420p10le"), ("rgb24", "yuv444p"),
    ])
  func transposed(name: String, expected: String) throws {
    #expect(try workingFormat(name, transposed: true) == expected)
  }

  @Test("a planar layout is told in our words")
  func layouts() throws {
    func layout(_ name: String) throws -> PixelFormat? {
      PixelLayout.planarFormat(try #require(PixelLayout.format(named: name)))
    }
    #expect(try layout("yuv420p") == .yuv420)
    #expect(try layout("yuvj422p") == .yuv422)
    #expect(
      try layout("yuv420p10le")
        == PixelFormat(bitDepth: 10, planeCount: 3, log2ChromaWidth: 1, log2ChromaHeight: 1))
    #expect(
      try layout("gray")
        == PixelFormat(bitDepth: 8, planeCount: 1, log2ChromaWidth: 0, log2ChromaHeight: 0))
    #expect(try layout("gbrp") == .yuv444)
    for name in [
      "nv12", "rgb24", "gbrap", "pal8", "yuva420p", "yuv420p10be", "vaapi", "bayer_rggb8",
    ] {
      #expect(try layout(name) == nil, "\(name)")
    }
  }

  @Test("no format has a name FFmpeg does not know")
  func unknownName() {
    #expect(PixelLayout.format(named: "yuv421p") == nil)
  }
}
