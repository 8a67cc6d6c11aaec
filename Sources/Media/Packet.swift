internal import CFFmpeg
import Imaging

/// One packet of one stream, as demuxed or encoded.
///
/// `@unchecked Sendable`: a packet has one holder at a time; it is handed on, never shared.
@safe
package final class Packet: @unchecked Sendable {
  let handle: UnsafeMutablePointer<AVPacket>
  /// Set for the video of live inputs.
  var capture: FrameCapture?

  init() throws(MediaError) {
    guard let handle = unsafe av_packet_alloc() else { throw .outOfMemory }
    unsafe self.handle = handle
  }

  deinit {
    var handle: UnsafeMutablePointer<AVPacket>? = unsafe handle
    unsafe av_packet_free(&handle)
  }

  /// A packet of its own with the same bytes, which are shared and not to be changed.
  ///
  /// - Throws: `outOfMemory`.
  func sharingBytes() throws(MediaError) -> Packet {
    let copy = try Packet()
    guard unsafe av_packet_ref(copy.handle, handle) >= 0 else { throw .outOfMemory }
    return copy
  }

  /// Number of the stream in its container.
  package var streamIndex: Int { unsafe Int(handle.pointee.stream_index) }

  /// In bytes.
  package var size: Int { unsafe Int(handle.pointee.size) }

  /// Whether the container already knows that the packet is broken.
  package var isDamaged: Bool { unsafe handle.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 }

  /// Whether the packet is only to be decoded, not presented.
  var isHidden: Bool { unsafe handle.pointee.flags & AV_PKT_FLAG_DISCARD != 0 }

  /// Presentation timestamp plus duration in ticks of the stream, `nil` without a timestamp.
  var endTicks: Int64? {
    let packet = unsafe handle.pointee
    return unsafe packet.pts == FFmpeg.noTimestamp
      ? nil : packet.pts.saturatingAdding(max(0, packet.duration))
  }
}

extension Packet {
  /// Whether a JPEG picture ends before its end-of-image marker.
  ///
  /// Source: ITU-T T.81, section B.1.1 (markers, segments) and B.2.1 (order).
  var isCutOffJPEG: Bool {
    guard let data = unsafe handle.pointee.data else { return true }
    let bytes = unsafe UnsafeBufferPointer(start: data, count: size)
    var position = 2
    // Segments up to the first scan: they may hold anything, also a small picture with an end.
    while position + 3 < bytes.count, unsafe bytes[position] == 0xFF,
      unsafe bytes[position + 1] != Self.startOfScan
    {
      let isFill = unsafe bytes[position + 1] == 0xFF
      let length = unsafe Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
      position += isFill ? 1 : 2 + length
    }
    // In a scan, the byte after FF tells markers from data.
    while position + 1 < bytes.count {
      if unsafe bytes[position] == 0xFF && bytes[position + 1] == Self.endOfImage { return false }
      position += 1
    }
    return true
  }

  private static let startOfScan: UInt8 = 0xDA
  private static let endOfImage: UInt8 = 0xD9

  /// Decoding time in ticks of the stream.
  var decodeTicks: Int64 { unsafe handle.pointee.dts }

  /// Makes an empty packet one of a stream and a moment.
  func setTimes(stream: Int32, ticks: Int64) {
    unsafe handle.pointee.stream_index = stream
    unsafe handle.pointee.dts = ticks
    unsafe handle.pointee.pts = ticks
  }
}
