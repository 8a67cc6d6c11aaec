internal import CFFmpeg

/// The SHA-256 digest of some bytes as lower-case hexadecimal digits (FIPS 180-4), by libavutil.
///
/// - Throws: `outOfMemory`.
package func sha256(_ bytes: [UInt8]) throws(MediaError) -> String {
  guard let state = unsafe av_sha_alloc() else { throw .outOfMemory }
  defer { unsafe av_free(UnsafeMutableRawPointer(state)) }
  var digest = [UInt8](repeating: 0, count: 32)
  unsafe av_sha_init(state, 256)
  unsafe bytes.withUnsafeBufferPointer { unsafe av_sha_update(state, $0.baseAddress, $0.count) }
  unsafe av_sha_final(state, &digest)
  let digits = Array("0123456789abcdef".utf8)
  return String(
    decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
