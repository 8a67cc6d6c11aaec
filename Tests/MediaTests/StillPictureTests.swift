import Foundation
import Imaging
import TestSupport
import Testing

@testable import Media

@Suite("Still pictures")
struct StillPictureTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static func fixture(_ name: String) throws -> URL {
    try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
      .appending(path: name)
  }

  /// Width, height and packed BGR of a PPM file.
  private static func ppm(_ bytes: [UInt8]) throws -> (width: Int, height: Int, pixels: [UInt8]) {
    let lines = bytes.split(separator: 10, maxSplits: 3, omittingEmptySubsequences: false)
    let size = String(decoding: lines[1], as: UTF8.self).split(separator: " ").compactMap {
      Int($0)
    }
    let rgb = Array(lines[3])
    try #require(size.count == 2 && rgb.count == 3 * size[0] * size[1])
    return (size[0], size[1], rgb.indices.map { rgb[$0 / 3 * 3 + 2 - $0 % 3] })
  }

  /// The pixels of a still picture, through the converter the evaluation uses.
  private func pixels(_ still: StillPicture) throws -> [UInt8] {
    let (width, height) = (still.frame.width, still.frame.height)
    let picture = ScaledPicture(
      width: width, height: height, sourceWidth: width, sourceHeight: height)
    try PictureConverter(resampling: .interpolated).scale(still.frame, into: picture)
    return picture.pixels
  }

  @Test("a JPEG file has the pixels Pillow reads from it")
  func readsJPEG() throws {
    let expected = try Self.ppm([UInt8](Data(contentsOf: Self.fixture("still.ppm"))))
    let still = try StillPicture(path: Self.fixture("still.jpg").path)
    #expect(still.damage == nil)
    #expect(still.frame.width == expected.width && still.frame.height == expected.height)
    let isSame = try pixels(still) == expected.pixels
    #expect(isSame)
  }

  @Test("other files keep every pixel", arguments: ["png", "bmp", "ppm"])
  func readsOthers(ending: String) throws {
    let source = try Self.fixture("still.ppm").path
    let path = folder.path("still." + ending)
    try Clips.make(path, ["-i", source])
    let still = try StillPicture(path: path)
    #expect(still.damage == nil)
    let isSame =
      try pixels(still) == Self.ppm([UInt8](Data(contentsOf: URL(filePath: source)))).pixels
    #expect(isSame)
  }

  @Test("grey JPEG files become grey")
  func readsGrey() throws {
    let path = folder.path("grey.jpg")
    try Clips.make(
      path,
      [
        "-f", "lavfi", "-i", "color=gray:size=20x10:rate=1:duration=1", "-frames:v", "1",
        "-pix_fmt",
        "gray",
      ])
    let pixels = try pixels(StillPicture(path: path))
    #expect(pixels.count == 600)
    #expect(pixels.allSatisfy { abs(Int($0) - 128) <= 2 })
  }

  @Test("a note of how the camera was held is not followed")
  func ignoresOrientation() throws {
    let plain = try Data(contentsOf: Self.fixture("still.jpg"))
    // EXIF with one entry: orientation 6, a quarter turn (CIPA DC-008, section 4.6.4).
    let entry: [UInt8] = [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]
    let directory = [UInt8]("MM\0*".utf8) + [0, 0, 0, 8, 0, 1] + entry + [0, 0, 0, 0]
    let exif = [UInt8]("Exif\0\0".utf8) + directory
    let marker: [UInt8] = [0xFF, 0xE1, 0, UInt8(exif.count + 2)]
    let path = folder.path("turned.jpg")
    try (plain.prefix(2) + marker + exif + plain.dropFirst(2)).write(to: URL(filePath: path))
    // FFmpeg follows it.
    #expect(try decodeVideo(path).frames.first?.orientation?.isTransposed == true)
    let isSame =
      try pixels(StillPicture(path: path))
      == pixels(StillPicture(path: Self.fixture("still.jpg").path))
    #expect(isSame)
  }

  @Test("a JPEG file that is cut off is read as far as it goes, and that is said")
  func cutOff() throws {
    let whole = try Data(contentsOf: Self.fixture("still.jpg"))
    let path = folder.path("cut.jpg")
    try whole.prefix(whole.count - 300).write(to: URL(filePath: path))
    let still = try StillPicture(path: path)
    #expect(still.damage == "Premature end of JPEG file")
    #expect(
      try pixels(still).prefix(67 * 3)
        == pixels(StillPicture(path: Self.fixture("still.jpg").path)).prefix(67 * 3))
    // Only the header is left.
    try whole.prefix(4).write(to: URL(filePath: path))
    #expect(throws: MediaError.self) { try StillPicture(path: path) }
  }

  @Test("what is no picture is refused in one sentence")
  func refuses() throws {
    func sentence(_ path: String) -> String? {
      #expect(throws: MediaError.self) { try StillPicture(path: path) }?.description
    }
    let missing = folder.path("missing.jpg")
    #expect(sentence(missing) == "cannot open '\(missing)': No such file or directory")
    let path = folder.path("fake.jpg")
    try Data([0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3]).write(to: URL(filePath: path))
    #expect(sentence(path)?.hasPrefix("cannot open '\(path)': ") == true)
    try Data("no picture at all".utf8).write(to: URL(filePath: path))
    #expect(sentence(path)?.contains(path) == true)
    try Data().write(to: URL(filePath: path))
    #expect(sentence(path) == "cannot open '\(path)': the file is empty")
    #expect(sentence(folder.url.path)?.contains("cannot open") == true)
    let large = try Self.fixture("still.jpg").path
    #expect(
      throws: MediaError.pictureTooLarge(path: large, width: 67, height: 45, limit: 3000)
    ) {
      try StillPicture(path: large, options: InputOptions(maximumPixels: 3000))
    }
  }
}
