import Foundation
import TestSupport
import Testing

@Suite("Picture of the axes")
struct AxesPictureTests {
  /// `tools/draw-pose-axes` sets this to have the picture drawn anew.
  private static let isDrawing =
    ProcessInfo.processInfo.environment["FACESTREAM_DRAW_POSE_AXES"] != nil

  @Test("docs/pose-axes.svg shows the template and the conventions as they are")
  func upToDate() throws {
    let path = Repository.path("docs/pose-axes.svg")
    if Self.isDrawing {
      try AxesPicture.svg.write(toFile: path, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == AxesPicture.svg)
  }
}
