internal import Yams

extension ConfigurationKey {
  /// How long the files of a recording are.
  static let segment = ConfigurationKey(
    path: "segment", accepted: "a time from 1 s to 24 h such as 90, 30s, 10m or 1h, or off"
  ) { node, configuration in
    if node.scalar?.string == "off" {
      configuration.segment = nil
      return true
    }
    guard let text = node.scalar?.string, let seconds = seconds(text),
      (1...86_400).contains(seconds)
    else { return false }
    configuration.segment = seconds
    return true
  }

  /// `90`, `30s`, `10m`, `1h`; seconds without a unit.
  static func seconds(_ text: String) -> Double? {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
    let unit = text.last.flatMap { units[$0] }
    return Double(unit == nil ? text : String(text.dropLast())).map { $0 * (unit ?? 1) }
  }
}
