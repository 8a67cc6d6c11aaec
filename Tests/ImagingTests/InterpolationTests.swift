import Foundation
import Imaging
import Testing

@Suite("Interpolated pictures")
struct InterpolationTests {
  /// A picture and what OpenCV makes of it, by `tools/make-evaluation-fixtures`.
  private struct Case: Decodable {
    struct Picture: Decodable {
      var width: Int
      var height: Int
      var pixels: [UInt8]
    }

    /// Both directions have one factor, which makes the longer side whole pixels.
    var isUniform: Bool
    var source: Picture
    var result: Picture
  }

  private func cases() throws -> [Case] {
    let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    return try JSONDecoder().decode(
      [Case].self, from: Data(contentsOf: folder.appending(path: "interpolation.json")))
  }

  /// The picture of a size made from bytes whose rows lie `gap` bytes apart.
  private func interpolated(
    _ pixels: [UInt8], _ sourceWidth: Int, _ sourceHeight: Int, width: Int, height: Int,
    gap: Int = 0
  ) -> ScaledPicture {
    let picture = ScaledPicture(
      width: width, height: height, sourceWidth: sourceWidth, sourceHeight: sourceHeight)
    picture.pixels = [UInt8](repeating: 99, count: picture.pixels.count)
    let rowCount = 3 * sourceWidth
    var rows = (0..<sourceHeight).flatMap { row in
      pixels[row * rowCount..<(row + 1) * rowCount] + [UInt8](repeating: 255, count: gap)
    }
    unsafe rows.withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      unsafe picture.interpolate(
        ImagePlane(
          base: base, width: rowCount, height: sourceHeight, bytesPerRow: rowCount + gap))
    }
    return picture
  }

  @Test("are to the bit those OpenCV makes", arguments: [0, 13])
  func agreesWithOpenCV(gap: Int) throws {
    for expected in try cases() {
      let (source, result) = (expected.source, expected.result)
      let picture = interpolated(
        source.pixels, source.width, source.height, width: result.width, height: result.height,
        gap: gap)
      let isSame = picture.pixels == result.pixels
      #expect(isSame, "\(source.width)×\(source.height) to \(result.width)×\(result.height)")
      let ratios = [
        Float(source.width) / Float(result.width), Float(source.height) / Float(result.height),
      ]
      let longer = source.width > source.height ? ratios[0] : ratios[1]
      #expect(
        [picture.scaleX, picture.scaleY] == (expected.isUniform ? [longer, longer] : ratios))
    }
  }

  @Test("of the same size are copies, of one pixel are plain")
  func simple() {
    let pixels = (0..<5 * 4 * 3).map { UInt8($0 * 4) }
    #expect(interpolated(pixels, 5, 4, width: 5, height: 4).pixels == pixels)
    let single = interpolated([1, 2, 3], 1, 1, width: 4, height: 4)
    #expect(single.pixels == (0..<16).flatMap { _ in [1, 2, 3] as [UInt8] })
  }
}
