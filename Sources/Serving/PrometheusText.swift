/// Metrics in the text format of Prometheus, version 0.0.4.
///
/// Source: Prometheus, "Exposition formats".
struct PrometheusText {
  static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  private(set) var text = ""

  /// What a family's values mean.
  enum Kind: String {
    case counter, gauge, histogram
  }

  typealias Label = (name: String, value: String)

  /// One value of a family.
  struct Sample {
    /// Behind the family's name, such as `_sum`.
    var suffix = ""
    var labels: [Label]
    var value: Double
  }

  /// Appends a family; one without values is left out.
  mutating func append(_ name: String, _ kind: Kind, _ help: String, _ samples: [Sample]) {
    guard !samples.isEmpty else { return }
    text += "# HELP \(name) \(Self.escapedHelp(help))\n# TYPE \(name) \(kind.rawValue)\n"
    for sample in samples {
      text += name + sample.suffix
      if !sample.labels.isEmpty {
        let labels = sample.labels.map { "\($0.name)=\"\(Self.escapedLabel($0.value))\"" }
        text += "{" + labels.joined(separator: ",") + "}"
      }
      text += " " + Self.number(sample.value) + "\n"
    }
  }

  /// Appends a family of a single value, `nil` where it is not known.
  mutating func append(_ name: String, _ kind: Kind, _ help: String, _ value: Double?) {
    append(name, kind, help, value.map { [Sample(labels: [], value: $0)] } ?? [])
  }

  private static func escapedHelp(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
  }

  private static func escapedLabel(_ text: String) -> String {
    escapedHelp(text).replacing("\"", with: "\\\"")
  }

  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return Int(exactly: value).map { String($0) } ?? value.description
  }
}
