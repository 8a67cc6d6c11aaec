/// Broken inputs carry timestamps near the ends of 64 bits; sums of those stay there.
extension Int64 {
  /// The nearest whole number there is; 0 for what is no number.
  init(saturating value: Double) {
    let whole = value.rounded()
    self = Int64(exactly: whole) ?? (whole > 0 ? .max : whole < 0 ? .min : 0)
  }

  func saturatingAdding(_ other: Int64) -> Int64 {
    let (sum, overflows) = addingReportingOverflow(other)
    return overflows ? (other < 0 ? .min : .max) : sum
  }

  func saturatingSubtracting(_ other: Int64) -> Int64 {
    let (difference, overflows) = subtractingReportingOverflow(other)
    return overflows ? (other < 0 ? .max : .min) : difference
  }

  func saturatingMultiplied(by other: Int64) -> Int64 {
    let (product, overflows) = multipliedReportingOverflow(by: other)
    return overflows ? ((self < 0) == (other < 0) ? .max : .min) : product
  }
}
