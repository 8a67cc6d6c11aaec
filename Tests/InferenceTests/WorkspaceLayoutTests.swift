import Inference
import TestSupport
import Testing

@Suite("Workspace layout")
struct WorkspaceLayoutTests {
  @Test("memory is used again once a feature map is no longer needed")
  func reusesMemory() {
    let layout = WorkspaceLayout([
      .init(count: 16, firstStep: 0, lastStep: 1), .init(count: 20, firstStep: 1, lastStep: 2),
      .init(count: 10, firstStep: 2, lastStep: 3),
    ])
    // 16 + 20 floats live together; the third fits where the first was; 36 rounds up to 48.
    #expect(layout.regions == [0..<16, 16..<36, 0..<10])
    #expect(layout.count == 48)
  }

  @Test("feature maps needed at the same time never overlap", arguments: 0..<50)
  func neverOverlaps(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let requests = (0..<40).map { step in
      WorkspaceLayout.Request(
        count: Int.random(in: 1...200, using: &generator), firstStep: step,
        lastStep: step + Int.random(in: 0...12, using: &generator))
    }
    let layout = WorkspaceLayout(requests)
    for (i, a) in requests.enumerated() {
      #expect(layout.regions[i].count == a.count)
      #expect(layout.regions[i].lowerBound % Workspace.alignment == 0)
      #expect(layout.regions[i].upperBound <= layout.count)
      for (j, b) in requests.enumerated()
      where i < j && a.lastStep >= b.firstStep && b.lastStep >= a.firstStep {
        #expect(!layout.regions[i].overlaps(layout.regions[j]), "requests \(i) and \(j)")
      }
    }
  }
}
