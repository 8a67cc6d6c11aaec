internal import CFFmpeg
import Foundation
import Imaging
import Synchronization

/// The few words every owner of an FFmpeg handle needs.
enum FFmpeg {
  static let endOfFile = facestream_averror_eof()
  static let tryAgain = facestream_averror(EAGAIN)
  static let interrupted = facestream_averror_exit()
  static let timedOut = facestream_averror(ETIMEDOUT)
  static let unauthorized = facestream_averror_http_unauthorized()
  static let forbidden = facestream_averror_http_forbidden()
  static let protocolNotFound = facestream_averror_protocol_not_found()
  static let outOfMemory = facestream_averror(ENOMEM)
  static let noTimestamp = facestream_nopts()

  /// Results of reading after which a connection, or a device, gives nothing more.
  static let connectionErrors: Set<Int32> = Set(
    [
      EIO, ECONNRESET, ECONNABORTED, ECONNREFUSED, EPIPE, ENOTCONN, ESHUTDOWN, EHOSTUNREACH,
      EHOSTDOWN, ENETUNREACH, ENETDOWN, ENETRESET, ENODEV, ENXIO, EBADF,
    ].map { facestream_averror($0) })

  /// What FFmpeg said last on the error level, by the thread it said it on: its return codes alone
  /// seldom tell a user enough, and another stage's trouble explains nothing. There is an entry for
  /// each thread that asked, empty while nothing was said.
  private static let lastMessages = Mutex<[pthread_t: String]>([:])

  /// Registers devices and takes over FFmpeg's log: nothing of it reaches standard error, and the
  /// latest error message is kept for `reason(_:)`. Runs once.
  static let start: Void = {
    avdevice_register_all()
    _ = avformat_network_init()
    // SVT-AV1 has a log of its own; 1 is its error level.
    unsafe setenv("SVT_LOG", "1", 0)
    unsafe av_log_set_callback { context, level, format, arguments in
      // An optional on some processors, a plain value on others.
      let list: CVaListPointer? = unsafe arguments
      guard level <= AV_LOG_ERROR, let format = unsafe format, let list = unsafe list else {
        return
      }
      var prefix: Int32 = 0
      let line = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) {
        buffer -> String in
        guard let base = buffer.baseAddress else { return "" }
        let written = unsafe av_log_format_line2(
          context, level, format, list, base, 512, &prefix)
        return written > 0 ? unsafe String(cString: base) : ""
      }
      let message = withoutPrefix(line)
      let thread = pthread_self()
      lastMessages.withLock { if !message.isEmpty && $0[thread] != nil { $0[thread] = message } }
    }
  }()

  /// Forgets earlier messages, so that `reason(_:)` tells of the calls that follow on this thread.
  static func forgetMessages() {
    let thread = pthread_self()
    lastMessages.withLock { $0[thread] = "" }
  }

  /// The sentence for a negative result code.
  ///
  /// Codes that say nothing ("Invalid argument", "Generic error in an external library") are
  /// followed by the latest message on FFmpeg's error log.
  static func reason(_ code: Int32) -> String {
    let text = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
      guard let base = buffer.baseAddress, unsafe av_strerror(code, base, 128) >= 0 else {
        return "error \(code)"
      }
      return unsafe String(cString: base)
    }
    let thread = pthread_self()
    guard let message = lastMessages.withLock({ $0[thread] }), !message.isEmpty,
      code != facestream_averror(ENOENT), !message.hasSuffix(text)
    else { return text }
    return "\(text) (\(message))"
  }

  /// A message without the "[name @ 0x55…] " FFmpeg puts in front, and without the line's end.
  private static func withoutPrefix(_ line: String) -> String {
    var rest = Substring(line)
    while rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
      rest = rest[rest.index(after: end)...].drop { $0 == " " }
    }
    while let last = rest.last, last.isWhitespace || last == "." { rest.removeLast() }
    return String(rest)
  }

  /// Runs `body` with an option dictionary.
  static func withOptions<Result>(
    _ options: [(name: String, value: String)],
    _ body: (UnsafeMutablePointer<OpaquePointer?>) -> Result
  ) -> Result {
    var dictionary: OpaquePointer?
    for option in options { unsafe av_dict_set(&dictionary, option.name, option.value, 0) }
    defer { unsafe av_dict_free(&dictionary) }
    return unsafe body(&dictionary)
  }

  /// The text of a C string that may be missing.
  static func string(_ text: UnsafePointer<CChar>?) -> String {
    guard let text = unsafe text else { return "unknown" }
    return unsafe String(cString: text)
  }
}

extension Rational {
  init(_ rational: AVRational) {
    self.init(Int(rational.num), Int(rational.den))
  }

  var avRational: AVRational { AVRational(num: Int32(numerator), den: Int32(denominator)) }
}
