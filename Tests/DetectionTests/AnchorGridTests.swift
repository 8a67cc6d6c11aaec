import Detection
import Testing

@Suite("Anchor grid")
struct AnchorGridTests {
  @Test("640×640 pixels have 16,800 anchors")
  func countsAnchors() {
    // 2 · (80² + 40² + 20²).
    #expect(AnchorGrid(inputWidth: 640, inputHeight: 640).anchors.count == 16_800)
  }

  @Test("anchors run over levels, rows, columns, then sizes")
  func ordersAnchors() {
    let grid = AnchorGrid(inputWidth: 64, inputHeight: 40)
    #expect(grid.levels.map(\.stride) == [8, 16, 32])
    #expect(grid.levels.map(\.columns) == [8, 4, 2])
    #expect(grid.levels.map(\.rows) == [5, 3, 2])
    #expect(grid.levels.map(\.firstAnchor) == [0, 80, 104])
    #expect(grid.anchors.count == 112)
    func anchor(_ x: Float, _ y: Float, _ size: Float) -> AnchorGrid.Anchor {
      AnchorGrid.Anchor(centerX: x, centerY: y, width: size, height: size)
    }
    #expect(grid.anchors[0] == anchor(4, 4, 16))
    #expect(grid.anchors[1] == anchor(4, 4, 32))
    #expect(grid.anchors[2] == anchor(12, 4, 16))
    #expect(grid.anchors[17] == anchor(4, 12, 32))
    #expect(grid.anchors[80] == anchor(8, 8, 64))
    #expect(grid.anchors[111] == anchor(48, 48, 512))
  }
}
