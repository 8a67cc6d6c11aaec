import Testing

@testable import Pipeline
@testable import facestream

@Suite("Progress")
struct ProgressTests {
  private func line(position: Double, total: Double?, elapsed: Double = 10) -> String {
    var progress = RunProgress(
      frames: 250, faces: 1, drops: 0, elapsedSeconds: elapsed, positionSeconds: position)
    progress.totalSeconds = total
    return ProgressLine.text(progress)
  }

  @Test("the line says how much of an input is done, and how long the rest takes")
  func usual() {
    #expect(
      line(position: 10, total: 40)
        == "frame 250 (25 %)  25.0 fps  1.00x  1 face  0 drops  ETA 0:30")
    #expect(
      line(position: 10, total: nil) == "frame 250  25.0 fps  1.00x  1 face  0 drops")
  }

  @Test(
    "no length that a damaged input gives ends the program",
    arguments: [
      (1e15, 1e-6, "(100 %)", "0:00"), (-1e15, 1e-6, "(0 %)", "527040:00"),
      (1e-12, 9.2e12, "(0 %)", "527040:00"), (.infinity, 1, "(100 %)", "0:00"),
    ])
  func damaged(position: Double, total: Double, percent: String, remaining: String) {
    let line = line(position: position, total: total)
    #expect(line.contains(percent))
    if position > 0 { #expect(line.hasSuffix("ETA \(remaining)")) }
  }
}
