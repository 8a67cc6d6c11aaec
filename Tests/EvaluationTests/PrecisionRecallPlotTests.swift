import Foundation
import Testing

@testable import Evaluation

@Suite("Precision–recall plot")
struct PrecisionRecallPlotTests {
  private static func line(_ name: String, _ precision: [Double], _ recall: [Double])
    -> PrecisionRecallPlot.Line
  {
    .init(name: name, curve: PrecisionRecallCurve(precision: precision, recall: recall))
  }

  @Test("curves lie where precision and recall say, with their average precision beside")
  func places() {
    let svg = PrecisionRecallPlot(
      title: "t",
      lines: [
        Self.line("easy", [0, 1, 0.5], [0, 0.5, 1]), Self.line("hard", [0, 0.25], [0, 1]),
      ]
    ).svg
    // The field is 616 × 432 pixels from (72, 56): recall 0.5 is x 380, precision 0.5 is y 272.
    #expect(svg.contains("d=\"M72 56L380 56L688 272\""))
    #expect(svg.contains("d=\"M72 380L688 380\""))
    #expect(svg.contains("AP 75.00 %"))
    #expect(svg.contains("AP 25.00 %"))
    #expect(svg.contains(">easy</text>") && svg.contains(">hard</text>"))
  }

  @Test("texts are escaped, and a curve without points is drawn as nothing")
  func escapes() {
    let svg = PrecisionRecallPlot(
      title: "a < b & c", lines: [Self.line("x>y", [0, 0], [0, 0])]
    ).svg
    #expect(svg.contains("a &lt; b &amp; c"))
    #expect(svg.contains("x&gt;y"))
    #expect(svg.contains("d=\"\""))
    #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n"))
  }
}
