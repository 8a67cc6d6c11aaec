internal import CFFmpeg

/// AAC as transport streams carry it, each frame with a header (ADTS), for an RTSP session, whose
/// description holds what the headers say (AudioSpecificConfig).
///
/// Source: ISO/IEC 14496-3, sections 1.6.2.1 and 1.6.3.4 (configuration), 1.A.2.2 (ADTS).
enum AudioSpecificConfig {
  private static let sampleRates: [Int32] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
  ]

  /// Gives AAC parameters without a configuration one.
  ///
  /// - Returns: Whether they had none and have one now; then packets come with headers.
  static func add(to parameters: UnsafeMutablePointer<AVCodecParameters>) -> Bool {
    let channels = unsafe parameters.pointee.ch_layout.nb_channels
    guard unsafe parameters.pointee.codec_id == AV_CODEC_ID_AAC,
      unsafe parameters.pointee.extradata_size == 0, (1...6).contains(channels) || channels == 8,
      let rate = unsafe sampleRates.firstIndex(of: parameters.pointee.sample_rate),
      let memory = unsafe av_mallocz(2 + Int(AV_INPUT_BUFFER_PADDING_SIZE))
    else { return false }
    // Low complexity where nobody knows better: what nearly all streams are.
    let profile = unsafe parameters.pointee.profile
    let objectType = (0...3).contains(profile) ? UInt16(profile + 1) : 2
    let bits = objectType << 11 | UInt16(rate) << 7 | UInt16(channels == 8 ? 7 : channels) << 3
    let bytes = unsafe memory.assumingMemoryBound(to: UInt8.self)
    unsafe bytes[0] = UInt8(bits >> 8)
    unsafe bytes[1] = UInt8(bits & 0xFF)
    unsafe parameters.pointee.extradata = bytes
    unsafe parameters.pointee.extradata_size = 2
    return true
  }

  /// Takes the header off a frame.
  static func removeHeader(of packet: UnsafeMutablePointer<AVPacket>) {
    guard let data = unsafe packet.pointee.data, unsafe packet.pointee.size > 9,
      unsafe data[0] == 0xFF && data[1] & 0xF6 == 0xF0
    else { return }
    // The checksum is there unless it is said to be absent.
    let length: Int32 = unsafe data[1] & 1 == 1 ? 7 : 9
    unsafe packet.pointee.data = data + Int(length)
    unsafe packet.pointee.size -= length
  }
}
