import KernelInterface

/// A feature map of any layout and where it lies in the workspace.
struct GeneralMap: Sendable {
  let layout: FeatureLayout
  let start: Int

  init(_ layout: FeatureLayout, _ region: Range<Int>) {
    self.layout = layout
    start = region.lowerBound
  }

  @inline(__always)
  func offset(channel: Int, y: Int, x: Int) -> Int {
    start + layout.offset(channel: channel, y: y, x: x)
  }

  /// Clears what lies outside the picture in a row, and for the first row all rows outside; lanes
  /// without a channel too. One row a tile, so rows never meet.
  func clearSurroundings(row: Int, memory: KernelMemory) {
    let shape = layout.shape
    let base = unsafe memory.featureBase
    for block in 0..<layout.blocks {
      let pitch = layout.paddedWidth * layout.lanes
      func clear(_ row: Int, _ columns: Range<Int>, lanes: Range<Int>) {
        let place = start + (block * layout.paddedHeight + row) * pitch
        for column in columns {
          // Inside the region: row and column stay below the padded sizes.
          for lane in lanes { unsafe base[place + column * layout.lanes + lane] = 0 }
        }
      }
      let inner = row + layout.border
      let all = 0..<layout.lanes
      clear(inner, 0..<layout.border, lanes: all)
      clear(inner, layout.border + shape.width..<layout.paddedWidth, lanes: all)
      let used = min(layout.lanes, shape.channels - block * layout.lanes)
      clear(
        inner, layout.border..<layout.border + shape.width, lanes: used..<layout.lanes)
      if row == 0 {
        for outer in 0..<layout.paddedHeight
        where outer < layout.border || outer >= layout.border + shape.height {
          clear(outer, 0..<layout.paddedWidth, lanes: all)
        }
      }
    }
  }
}

/// Any convolution between feature maps of any layout, by plain loops: for the shapes the network
/// does not have. One row a tile.
struct GeneralConvolution: Sendable {
  let part: TiledOperation.Part
  let input: GeneralMap
  let output: GeneralMap

  func run(tile y: Int, memory: KernelMemory) {
    output.clearSurroundings(row: y, memory: memory)
    let layer = part.layer
    let source = input.layout.shape
    let (size, stride, padding) = (layer.kernelSize, layer.stride, layer.padding)
    let inputsPerGroup = layer.inputChannels / layer.groups
    let outputsPerGroup = layer.outputChannels / layer.groups
    let slope = layer.activation.negativeSlope
    // Inside the regions: channels, rows and columns stay below the shapes.
    let base = unsafe memory.featureBase
    for o in 0..<layer.outputChannels {
      let firstInput = o / outputsPerGroup * inputsPerGroup
      for x in 0..<output.layout.shape.width {
        var sum: Float = 0
        for i in 0..<inputsPerGroup {
          for ky in 0..<size {
            let inputY = y * stride + ky - padding
            guard inputY >= 0 && inputY < source.height else { continue }
            for kx in 0..<size {
              let inputX = x * stride + kx - padding
              guard inputX >= 0 && inputX < source.width else { continue }
              let weight = layer.weights[((o * inputsPerGroup + i) * size + ky) * size + kx]
              unsafe sum +=
                weight * base[input.offset(channel: firstInput + i, y: inputY, x: inputX)]
            }
          }
        }
        let value = sum + layer.bias[o]
        unsafe base[output.offset(channel: part.firstChannel + o, y: y, x: x)] =
          value < 0 ? value * slope : value
      }
    }
  }
}

/// `addUpsampled` between feature maps of any layout. One row a tile.
struct GeneralUpsampleAdd: Sendable {
  let coarse: GeneralMap
  let fine: GeneralMap
  let output: GeneralMap

  func run(tile y: Int, memory: KernelMemory) {
    output.clearSurroundings(row: y, memory: memory)
    let (low, high) = (coarse.layout.shape, fine.layout.shape)
    let base = unsafe memory.featureBase
    for channel in 0..<high.channels {
      for x in 0..<high.width {
        let added = coarse.offset(
          channel: channel, y: y * low.height / high.height, x: x * low.width / high.width)
        unsafe base[output.offset(channel: channel, y: y, x: x)] =
          base[fine.offset(channel: channel, y: y, x: x)] + base[added]
      }
    }
  }
}
