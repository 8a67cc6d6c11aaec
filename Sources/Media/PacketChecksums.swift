internal import CFFmpeg

extension Packet {
  /// CRC-32 (ITU-T V.42, section 8.1.1.6.2) of the bytes, as `ffprobe -show_data_hash crc32` shows it, by
  /// libavutil.
  package var checksum: UInt32 {
    guard let data = unsafe handle.pointee.data else { return 0 }
    let table = unsafe av_crc_get_table(AV_CRC_32_IEEE_LE)
    return unsafe ~av_crc(table, UInt32.max, data, size)
  }
}

/// The checksums of the packets that went into a decoder lately, for the frames that come out later and
/// in another order.
///
/// A frame gets that of the packet with its very timestamp, however far decoding is ahead of it: so it does
/// not depend on the number of threads.
struct PacketChecksums {
  private var entries: [(ticks: Int64, checksum: UInt32)?]
  private var oldest = 0

  /// More than decoders hold back: 16 frames of two fields for reordering at most (H.264, HEVC).
  private static let heldBack = 64

  /// - Parameter threads: Of the decoder, each of which may hold back a frame of two fields.
  init(threads: Int) {
    entries = Array(repeating: nil, count: Self.heldBack + 2 * max(1, threads))
  }

  /// - Parameter ticks: The packet's presentation timestamp, or what stands for it.
  mutating func note(_ checksum: UInt32, at ticks: Int64) {
    entries[oldest] = (ticks, checksum)
    oldest = (oldest + 1) % entries.count
  }

  /// Of the packet with this timestamp, and of the first where several have it; each is given once. `nil` when
  /// there is none.
  mutating func take(at ticks: Int64) -> UInt32? {
    for offset in entries.indices {
      let index = (oldest + offset) % entries.count
      guard let entry = entries[index], entry.ticks == ticks else { continue }
      entries[index] = nil
      return entry.checksum
    }
    return nil
  }
}
