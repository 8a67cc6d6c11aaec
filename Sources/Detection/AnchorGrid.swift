/// The boxes RetinaFace's outputs are relative to: two squares around the centre of each cell of
/// three feature levels.
///
/// Source: Deng et al., CVPR 2020, section 3.2, in the small form's sizes. Order: levels, rows,
/// columns, then the two sizes of a cell, as the network's outputs are flattened in training.
package struct AnchorGrid: Sendable {
  /// An anchor in network-input pixels.
  package struct Anchor: Equatable, Sendable {
    package var centerX: Float
    package var centerY: Float
    package var width: Float
    package var height: Float

    package init(centerX: Float, centerY: Float, width: Float, height: Float) {
      self.centerX = centerX
      self.centerY = centerY
      self.width = width
      self.height = height
    }
  }

  /// One feature level.
  package struct Level: Equatable, Sendable {
    /// Input pixels between the centres of neighbouring cells.
    package let stride: Int
    package let rows: Int
    package let columns: Int
    /// Index of the level's first anchor.
    package let firstAnchor: Int
  }

  /// Strides and anchor sizes of the levels, in pixels.
  package static let configuration: [(stride: Int, sizes: [Int])] = [
    (8, [16, 32]), (16, [64, 128]), (32, [256, 512]),
  ]
  package static let anchorsPerCell = 2

  package let levels: [Level]
  package let anchors: [Anchor]

  /// - Precondition: both are positive.
  package init(inputWidth: Int, inputHeight: Int) {
    precondition(inputWidth > 0 && inputHeight > 0)
    var levels: [Level] = []
    var anchors: [Anchor] = []
    for (stride, sizes) in Self.configuration {
      let level = Level(
        stride: stride, rows: (inputHeight + stride - 1) / stride,
        columns: (inputWidth + stride - 1) / stride, firstAnchor: anchors.count)
      for row in 0..<level.rows {
        for column in 0..<level.columns {
          for size in sizes {
            anchors.append(
              Anchor(
                centerX: (Float(column) + 0.5) * Float(stride),
                centerY: (Float(row) + 0.5) * Float(stride), width: Float(size),
                height: Float(size)))
          }
        }
      }
      levels.append(level)
    }
    self.levels = levels
    self.anchors = anchors
  }
}
