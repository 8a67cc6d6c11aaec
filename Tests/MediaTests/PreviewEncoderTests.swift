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

  /// A preview as another program decodes it.
  private struct Preview {
    var width: Int
    var height: Int
    /// Red, green and blue in the middle.
    var middle: [UInt8]
  }

  private func decode(_ jpeg: [UInt8]) throws -> Preview {
    let path = folder.path("preview.jpg")
    try Data(jpeg).write(to: URL(filePath: path))
    let result = try runProcess(
      "ffmpeg", ["-v", "error", "-i", path, "-f", "image2pipe", "-c:v", "ppm", "-"])
    // "P6", width and height, the largest value, then the pixels.
    let parts = result.standardOutput.split(separator: UInt8(ascii: "\n"), maxSplits: 3)
    try #require(parts.count == 4)
    let size = String(decoding: parts[1], as: UTF8.self).split(separator: " ").compactMap {
      Int($0)
    }
    let (width, height, pixels) = (size[0], size[1], Array(parts[3]))
    try #require(pixels.count == width * height * 3)
    let start = (height / 2 * width + width / 2) * 3
    return Preview(width: width, height: height, middle: Array(pixels[start..<start + 3]))
  }

  @Test(
    "colours survive from every layout, depth and range",
    arguments: [
      "yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv444p12le", "gbrp",
    ])
  func colors(format: String) throws {
    let encoder = try PreviewEncoder(longestSide: 960)
    let preview = try decode(
      encoder.encode(
        frame("color=c=0xC04080:s=80x60,format=\(format),crop=75:51:0:0:exact=1", format)))
    #expect((preview.width, preview.height) == (75, 51))
    // What colour subsampling, limited range and JPEG round.
    for (value, expected) in zip(preview.middle, [0xC0, 0x40, 0x80]) {
      #expect(abs(Int(value) - expected) <= 5, "\(preview.middle)")
    }
  }

  @Test("grey stays grey")
  func gray() throws {
    let jpeg = try PreviewEncoder(longestSide: 960).encode(frame("color=c=white:s=64x48", "gray"))
    // libswscale takes samples of grey as they are, whatever their range.
    let color = try decode(jpeg).middle
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
    let preview = try decode(
      PreviewEncoder(longestSide: limit).encode(frame(graph, "yuv420p")))
    #expect((preview.width, preview.height) == (width, height))
  }

  @Test("one encoder makes pictures of changing sizes")
  func changes() throws {
    let encoder = try PreviewEncoder(longestSide: 320)
    for size in ["64x48", "640x480", "32x32"] {
      let jpeg = try encoder.encode(frame("color=c=white:s=\(size)", "yuv420p"))
      #expect(try decode(jpeg).middle.allSatisfy { $0 >= 250 })
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
    #expect(try decode(encoder.encode(shared)).middle.allSatisfy { $0 >= 250 })
    #expect(try decode(encoder.encode(original)).middle.allSatisfy { $0 <= 5 })
  }
}
