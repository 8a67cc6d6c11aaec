internal import CFFmpeg
import Imaging

/// One packet of one stream, as demuxed or encoded.
///
/// `@unchecked Sendable`: a packet has one holder at a time; it is handed on, never shared.
@safe
package final class Packet: @unchecked Sendable {
  let handle: UnsafeMutablePointer<AVPacket>

  init() throws(MediaError) {
    guard let handle = unsafe av_packet_alloc() else { throw .outOfMemory }
    unsafe self.handle = handle
  }

  deinit {
    var handle: UnsafeMutablePointer<AVPacket>? = unsafe handle
    unsafe av_packet_free(&handle)
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
  /// Decoding time in ticks of the stream.
  var decodeTicks: Int64 { unsafe handle.pointee.dts }

  /// Makes an empty packet one of a stream and a moment.
  func setTimes(stream: Int32, ticks: Int64) {
    unsafe handle.pointee.stream_index = stream
    unsafe handle.pointee.dts = ticks
    unsafe handle.pointee.pts = ticks
  }
}
