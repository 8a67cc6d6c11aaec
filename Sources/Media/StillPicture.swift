internal import CFFmpeg
internal import CTurboJPEG
import Foundation
import Imaging

/// A picture file as programs that train and judge face detectors read it: packed BGR, to the bit what
/// OpenCV, Pillow and MATLAB make of a JPEG file.
///
/// JPEG files are therefore decoded by libjpeg-turbo, whose inverse transform, enlarged chroma and rounding
/// all of them share, and which differ from FFmpeg's by a level here and there: enough to move the average
/// precision on 120 pictures of WIDER FACE by half a point. Other files are decoded by FFmpeg.
///
/// Pixels stay as they are stored: a photograph's note of how the camera was held is not followed.
package struct StillPicture {
  /// Packed BGR, 8 bits.
  package let frame: VideoFrame
  /// Why part of the picture may be missing; `nil` when it is whole.
  package let damage: String?

  /// - Throws: `cannotOpen`, `notVideo`, `pictureTooLarge`, `unsupportedPicture`, `outOfMemory`.
  package init(path: String, options: InputOptions = InputOptions()) throws(MediaError) {
    let isJPEG = try Self.beginning(of: path).starts(with: [0xFF, 0xD8, 0xFF])
    (frame, damage) =
      try isJPEG
      ? Self.readJPEG(path, limit: options.maximumPixels) : Self.readOther(path, options)
  }

  /// The first bytes of a file.
  private static func beginning(of path: String) throws(MediaError) -> Data {
    do {
      let file = try FileHandle(forReadingFrom: URL(filePath: path))
      defer { try? file.close() }
      return try file.read(upToCount: 3) ?? Data()
    } catch CocoaError.fileReadNoSuchFile, CocoaError.fileNoSuchFile {
      throw .cannotOpen(path: path, reason: "No such file or directory")
    } catch {
      throw .cannotOpen(path: path, reason: "it is not a readable regular file")
    }
  }

  private static func readJPEG(
    _ path: String, limit: Int
  ) throws(MediaError) -> (VideoFrame, damage: String?) {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .cannotOpen(path: path, reason: "it is not a readable regular file")
    }
    guard let decoder = unsafe tjInitDecompress() else { throw .outOfMemory }
    defer { unsafe tjDestroy(decoder) }

    func reason() -> String {
      unsafe String(cString: tjGetErrorStr2(decoder))
    }

    let bytes = [UInt8](data)
    var (width, height, subsampling, space) = (Int32(0), Int32(0), Int32(0), Int32(0))
    let header = unsafe bytes.withUnsafeBufferPointer { bytes in
      unsafe tjDecompressHeader3(
        decoder, bytes.baseAddress, UInt(bytes.count), &width, &height, &subsampling, &space)
    }
    guard header == 0, width > 0, height > 0 else {
      throw .cannotOpen(path: path, reason: reason())
    }
    guard Int(width) * Int(height) <= limit else {
      throw .pictureTooLarge(path: path, width: Int(width), height: Int(height), limit: limit)
    }
    let frame = try FramePool().emptyFrame(
      format: AV_PIX_FMT_BGR24, width: Int(width), height: Int(height))
    let handle = unsafe frame.handle
    let code = unsafe bytes.withUnsafeBufferPointer { bytes in
      unsafe tjDecompress2(
        decoder, bytes.baseAddress, UInt(bytes.count), handle.pointee.data.0, width,
        handle.pointee.linesize.0, height, Int32(TJPF_BGR.rawValue), TJFLAG_ACCURATEDCT)
    }
    if code == 0 { return (frame, nil) }
    // A warning leaves a picture, an error does not.
    guard unsafe tjGetErrorCode(decoder) == Int32(TJERR_WARNING.rawValue) else {
      throw .cannotOpen(path: path, reason: reason())
    }
    return (frame, reason())
  }

  private static func readOther(
    _ path: String, _ options: InputOptions
  ) throws(MediaError) -> (VideoFrame, damage: String?) {
    let demuxer = try Demuxer(path: path, options: options, interruption: Interruption())
    let decoder = try Decoder(for: demuxer, options: options)
    let decoded: VideoFrame?
    do throws(MediaError) {
      decoded = try firstFrame(demuxer, decoder)
    } catch .damaged(let reason) {
      throw .cannotOpen(path: path, reason: reason)
    }
    guard let decoded else { throw .notVideo(path: path, reason: "holds no picture") }
    let frame = try PictureConverter().convert(
      decoded, to: AV_PIX_FMT_BGR24, width: decoded.width, height: decoded.height,
      pool: FramePool())
    return (frame, decoded.isDamaged ? "parts of it could not be decoded" : nil)
  }

  private static func firstFrame(
    _ demuxer: Demuxer, _ decoder: Decoder
  ) throws(MediaError) -> VideoFrame? {
    while let packet = try demuxer.nextPacket() {
      guard packet.streamIndex == demuxer.videoStream.index else { continue }
      try decoder.send(packet)
      if let frame = try decoder.nextFrame() { return frame }
    }
    try decoder.send(nil)
    return try decoder.nextFrame()
  }
}
