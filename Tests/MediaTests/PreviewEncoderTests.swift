import Foundation
import Imaging
import TestSupport
import Testing

@testable import Media

@Suite("Previews")
struct PreviewEncoderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The first frame of a filter graph, in a pixel format.
  private func frame(_ graph: String, _ format: String) throws -> VideoFrame {
    try firstFrame(ofGraph: "\(graph),format=\(format)")
  }

  /// Red, green and blue in the middle of a preview, as another program decodes it.
  private func middle(_ jpeg: PreviewEncoder.JPEG) throws -> [UInt8] {
    let path = folder.path("preview.jpg")
    try Data(jpeg.bytes).write(to: URL(filePath: path))
    let result = try runProcess(
      "ffmpeg", ["-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
    try #require(result.standardOutput.count == jpeg.width * jpeg.height * 3)
    let start = (jpeg.height / 2 * jpeg.width + jpeg.width / 2) * 3
    return Array(result.standardOutput[start..<start + 3])
  }

  @Test(
    "colours survive from every layout, depth and range",
    arguments: [
      "yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv444p12le", "gbrp",
    ])
  func colors(format: String) throws {
    let encoder = try PreviewEncoder(longestSide: 960)
    let jpeg = try encoder.encode(
      frame("color=c=0xC04080:s=80x60,format=\(format),crop=75:51:0:0:exact=1", format))
    #expect((jpeg.width, jpeg.height) == (75, 51))
    let color = try middle(jpeg)
    // What colour subsampling, limited range and JPEG round.
    for (value, expected) in zip(color, [0xC0, 0x40, 0x80]) {
      #expect(abs(Int(value) - expected) <= 5, "\(color)")
    }
  }

  @Test("grey stays grey")
  func gray() throws {
    let jpeg = try PreviewEncoder(longestSide: 960).encode(frame("color=c=white:s=64x48", "gray"))
    // libswscale takes samples of grey as they are, whatever their range.
    let color = try middle(jpeg)
    #expect(color[0] >= 230)
    #expect(color[0] == color[1] && color[1] == color[2])
  }

  @Test(
    "pictures get square pixels and the longest side that is allowed",
    arguments: [
      ("color=s=1920x1080", 960, 960, 540), ("color=s=480x1000", 500, 240, 500),
      ("color=s=64x48", 960, 64, 48), ("color=s=720x576,setsar=16/15", 960, 768, 576),
      ("color=s=1440x1080,setsar=4/3", 960, 960, 540),
    ])
  func sizes(graph: String, limit: Int, width: Int, height: Int) throws {
    let jpeg = try PreviewEncoder(longestSide: limit).encode(frame(graph, "yuv420p"))
    #expect((jpeg.width, jpeg.height) == (width, height))
    _ = try middle(jpeg)
  }

  @Test("one encoder makes pictures of changing sizes")
  func changes() throws {
    let encoder = try PreviewEncoder(longestSide: 320)
    for size in ["64x48", "640x480", "32x32"] {
      let jpeg = try encoder.encode(frame("color=c=white:s=\(size)", "yuv420p"))
      #expect(try middle(jpeg).allSatisfy { $0 >= 250 })
    }
  }

  @Test("a frame that shares its planes keeps them when the other is drawn into")
  func sharing() throws {
    let original = try frame("color=c=white:s=64x48", "yuv420p")
    let shared = try original.sharingPlanes()
    #expect(shared.index == original.index && shared.timestamp == original.timestamp)
    try original.makeWritable(using: FramePool())
    unsafe original.withPlanarImage { image in
      _ = unsafe memset(image.luma.base, 16, image.luma.bytesPerRow * image.luma.height)
    }
    let encoder = try PreviewEncoder(longestSide: 960)
    #expect(try middle(encoder.encode(shared)).allSatisfy { $0 >= 250 })
    #expect(try middle(encoder.encode(original)).allSatisfy { $0 <= 5 })
  }
}
