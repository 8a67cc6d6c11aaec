import Foundation

/// Precision–recall curves as a picture (SVG 1.1): recall from left to right, precision upwards, both from
/// 0 to 1, a line for each curve and its average precision in the legend.
package struct PrecisionRecallPlot: Sendable {
  /// A named curve.
  package struct Line: Sendable {
    package var name: String
    package var curve: PrecisionRecallCurve

    package init(name: String, curve: PrecisionRecallCurve) {
      self.name = name
      self.curve = curve
    }
  }

  private let title: String
  private let lines: [Line]

  /// Pixels at the picture's own size.
  private enum Size {
    static let width = 720.0
    static let height = 560.0
    static let left = 72.0
    static let top = 56.0
    static let side = (width: 616.0, height: 432.0)
    static let legendRow = 26.0
    static let legendWidth = 240.0
  }

  /// Blue, orange and green of Okabe and Ito's palette, told apart by colour-blind readers too, and the
  /// dashes that tell them apart in print.
  private static let strokes = [
    (color: "#0072b2", dash: ""), (color: "#d55e00", dash: "9 4"), (color: "#009e73", dash: "3 3"),
  ]

  /// - Precondition: there are at most three lines.
  package init(title: String, lines: [Line]) {
    precondition(lines.count <= Self.strokes.count)
    self.title = title
    self.lines = lines
  }

  /// The text of the SVG file.
  package var svg: String {
    var text = """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(Self.format(Size.width))" \
      height="\(Self.format(Size.height))" viewBox="0 0 \(Self.format(Size.width)) \
      \(Self.format(Size.height))" font-family="DejaVu Sans, Helvetica, Arial, sans-serif" \
      font-size="14" fill="#222222">
      <title>\(Self.escaped(title))</title>
      <rect width="100%" height="100%" fill="#ffffff"/>
      <text x="\(Self.format(Size.left))" y="32" font-size="17">\(Self.escaped(title))</text>

      """
    text += grid
    for (line, stroke) in zip(lines, Self.strokes) {
      text += """
        <path d="\(path(line.curve))" fill="none" stroke="\(stroke.color)" stroke-width="2.5" \
        stroke-linejoin="round" stroke-dasharray="\(stroke.dash.isEmpty ? "none" : stroke.dash)"/>

        """
    }
    return text + legend + "</svg>\n"
  }

  private var grid: String {
    let (left, bottom) = (Size.left, Size.top + Size.side.height)
    let right = Size.left + Size.side.width
    var text = ""
    for tenth in stride(from: 0, through: 10, by: 2) {
      let value = Double(tenth) / 10
      let (x, y) = (Self.x(value), Self.y(value))
      let label = String(format: "%.1f", value)
      text += """
        <path d="M\(Self.format(x)) \(Self.format(Size.top))V\(Self.format(bottom))\
        M\(Self.format(left)) \(Self.format(y))H\(Self.format(right))" stroke="#dddddd" fill="none"/>
        <text x="\(Self.format(x))" y="\(Self.format(bottom + 22))" text-anchor="middle">\(label)</text>
        <text x="\(Self.format(left - 10))" y="\(Self.format(y + 5))" text-anchor="end">\(label)</text>

        """
    }
    let middle = Size.top + Size.side.height / 2
    return text + """
      <rect x="\(Self.format(left))" y="\(Self.format(Size.top))" \
      width="\(Self.format(Size.side.width))" height="\(Self.format(Size.side.height))" \
      fill="none" stroke="#222222"/>
      <text x="\(Self.format(left + Size.side.width / 2))" y="\(Self.format(bottom + 50))" \
      text-anchor="middle" font-size="15">Recall</text>
      <text transform="translate(22 \(Self.format(middle))) rotate(-90)" text-anchor="middle" \
      font-size="15">Precision</text>

      """
  }

  /// In the lower left corner, where good curves leave room.
  private var legend: String {
    let height = Size.legendRow * Double(lines.count) + 12
    let top = Size.top + Size.side.height - height - 14
    let left = Size.left + 16
    var text = """
      <rect x="\(Self.format(left))" y="\(Self.format(top))" width="\(Self.format(Size.legendWidth))" \
      height="\(Self.format(height))" fill="#ffffff" fill-opacity="0.85" stroke="#bbbbbb"/>

      """
    for (index, (line, stroke)) in zip(lines, Self.strokes).enumerated() {
      let y = top + 6 + Size.legendRow * (Double(index) + 0.5)
      let percent = String(format: "%.2f", 100 * line.curve.averagePrecision)
      text += """
        <path d="M\(Self.format(left + 12)) \(Self.format(y))h36" stroke="\(stroke.color)" \
        stroke-width="2.5" stroke-dasharray="\(stroke.dash.isEmpty ? "none" : stroke.dash)"/>
        <text x="\(Self.format(left + 58))" y="\(Self.format(y + 5))">\(Self.escaped(line.name))</text>
        <text x="\(Self.format(left + Size.legendWidth - 12))" y="\(Self.format(y + 5))" \
        text-anchor="end">AP \(percent) %</text>

        """
    }
    return text
  }

  /// From recall 0, with the precision of the first threshold at which anything is reported; points that
  /// fall together are drawn once.
  private func path(_ curve: PrecisionRecallCurve) -> String {
    var points: [String] = []
    for (precision, recall) in zip(curve.precision, curve.recall) where precision > 0 {
      if points.isEmpty {
        points.append("\(Self.format(Self.x(0))) \(Self.format(Self.y(precision)))")
      }
      let point = "\(Self.format(Self.x(recall))) \(Self.format(Self.y(precision)))"
      if points.last != point { points.append(point) }
    }
    return points.isEmpty ? "" : "M" + points.joined(separator: "L")
  }

  private static func x(_ recall: Double) -> Double { Size.left + recall * Size.side.width }

  private static func y(_ precision: Double) -> Double {
    Size.top + (1 - precision) * Size.side.height
  }

  private static func format(_ number: Double) -> String {
    number == number.rounded() ? String(Int(number)) : String(format: "%.2f", number)
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
