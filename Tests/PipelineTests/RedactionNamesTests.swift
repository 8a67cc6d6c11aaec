import Overlay
import Testing

@testable import Pipeline

@Suite("Names of redaction")
struct RedactionNamesTests {
  @Test("every style but none hides faces as it says")
  func styles() {
    for style in Configuration.RedactionStyle.allCases {
      #expect((style.faceStyle?.rawValue ?? "none") == style.rawValue)
    }
    #expect(
      FaceRedactor.Style.allCases.count + 1 == Configuration.RedactionStyle.allCases.count)
  }

  @Test("every shape is the one it names", arguments: Configuration.RedactionShape.allCases)
  func shapes(shape: Configuration.RedactionShape) {
    #expect(shape.coverShape.rawValue == shape.rawValue)
  }
}
