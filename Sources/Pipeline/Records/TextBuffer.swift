import Foundation
import Imaging

/// A line of text under construction; its memory is kept from line to line.
struct TextBuffer {
  private(set) var bytes: [UInt8] = []

  /// Some hundred faces' lines; longer texts make the memory grow once.
  private static let usualCount = 64 << 10

  init() { bytes.reserveCapacity(Self.usualCount) }

  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  /// Drops the first bytes.
  mutating func removeFirst(_ count: Int) { bytes.removeFirst(count) }

  /// Drops what comes after the first bytes.
  mutating func truncate(to count: Int) { bytes.removeSubrange(count...) }

  mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  mutating func append(_ number: Int) { append(String(number)) }

  mutating func append(_ number: Int64) { append(String(number)) }

  /// Eight lower-case hexadecimal digits.
  mutating func appendHexadecimal(_ number: UInt32) {
    for shift in stride(from: UInt32(28), through: 0, by: -4) {
      let digit = UInt8(truncatingIfNeeded: number >> shift & 15)
      bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }

  /// The fewest digits that read back as the same number; `null` for infinities and NaN, which JSON
  /// cannot hold. At most 15 characters: such a text needs no memory of its own.
  mutating func append(_ number: Float) {
    append(number.isFinite ? number.description : "null")
  }

  /// As above, but up to 24 characters: only for what is written once.
  mutating func append(_ number: Double) {
    append(number.isFinite ? number.description : "null")
  }

  /// A moment in seconds, rounded to a nanosecond; exactly, as far as nine digits go.
  mutating func append(_ timestamp: Timestamp) {
    let timeBase = timestamp.timeBase
    let product = timestamp.ticks.multipliedReportingOverflow(by: Int64(timeBase.numerator))
    let denominator = Int64(timeBase.denominator)
    let (seconds, rest) =
      denominator > 0
      ? product.partialValue.quotientAndRemainder(dividingBy: denominator) : (0, 0)
    let scaled = rest.multipliedReportingOverflow(by: Self.billion)
    guard denominator > 0, !product.overflow, !scaled.overflow else {
      return append(timestamp.seconds)
    }
    var whole = seconds.magnitude
    var nanoseconds =
      (scaled.partialValue.magnitude &+ UInt64(denominator / 2)) / UInt64(denominator)
    if nanoseconds == UInt64(Self.billion) { (whole, nanoseconds) = (whole + 1, 0) }
    if product.partialValue < 0 { append("-") }
    append(String(whole))
    append(".")
    var width = 9
    while width > 1, nanoseconds % 10 == 0 {
      nanoseconds /= 10
      width -= 1
    }
    append(nanoseconds, width: width)
  }

  private static let billion: Int64 = 1_000_000_000

  /// A moment in UTC as RFC 3339 with microseconds, such as `2024-05-01T12:00:00.250000Z`.
  ///
  /// - Precondition: not before 1970.
  mutating func appendRFC3339(_ secondsSince1970: Double) {
    let microseconds = UInt64((secondsSince1970 * 1e6).rounded())
    var seconds = time_t(microseconds / 1_000_000)
    var date = unsafe tm()
    unsafe gmtime_r(&seconds, &date)
    unsafe append(UInt64(date.tm_year + 1900), width: 4)
    append("-")
    unsafe append(UInt64(date.tm_mon + 1), width: 2)
    append("-")
    unsafe append(UInt64(date.tm_mday), width: 2)
    append("T")
    unsafe append(UInt64(date.tm_hour), width: 2)
    append(":")
    unsafe append(UInt64(date.tm_min), width: 2)
    append(":")
    unsafe append(UInt64(date.tm_sec), width: 2)
    append(".")
    append(microseconds % 1_000_000, width: 6)
    append("Z")
  }

  /// Decimal digits with leading zeros.
  ///
  /// - Precondition: `width` is in 1...19.
  private mutating func append(_ number: UInt64, width: Int) {
    var unit: UInt64 = 1
    for _ in 1..<width { unit *= 10 }
    while unit > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(number / unit % 10))
      unit /= 10
    }
  }

  /// A JSON string literal (RFC 8259, section 7).
  mutating func appendQuoted(_ text: String) {
    append("\"")
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": append("\\\"")
      case "\\": append("\\\\")
      case "\n": append("\\n")
      case "\r": append("\\r")
      case "\t": append("\\t")
      case let control where control.value < 0x20:
        let digits = String(control.value, radix: 16)
        append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
      default: append(String(scalar))
      }
    }
    append("\"")
  }
}
