import KernelInterface

/// What a row of outputs is summed from: at each tap some consecutive channels, each times its
/// weights.
struct TapProduct {
  /// Table of offsets.
  var taps: FloatMemory
  var tapCount: Int
  /// `[tap][channel][block][lane]`.
  var weights: FloatMemory
  /// What the sums begin with, `[block][lane]`.
  var start: FloatMemory

  /// Computes `width` pixels of `Tile.blocks` blocks.
  ///
  /// - Parameters:
  ///   - channels: Read at each tap. A literal, as is `pixelPitch`.
  ///   - input: Of pixel 0; read beyond pixel `width` for less than a tile.
  @inline(__always)
  func row<Tile: AccumulatorTile, Tail: AccumulatorTile, S: Sink>(
    _ tile: Tile.Type, tail: Tail.Type, channels: Int, pixelPitch: Int, input: FloatMemory,
    width: Int, sink: S
  ) where S.Vector == Tile.Vector, Tail.Vector == Tile.Vector {
    var x = 0
    while width - x >= Tile.pixels {
      let sums = sum(
        tile, channels: channels, pixelPitch: pixelPitch, input: input + x * pixelPitch)
      sums.drain(into: sink, pixel: x)
      x += Tile.pixels
    }
    while x < width {
      let sums = sum(
        tail, channels: channels, pixelPitch: pixelPitch, input: input + x * pixelPitch)
      sums.drain(into: LimitedSink(sink: sink, width: width), pixel: x)
      x += Tail.pixels
    }
  }

  @inline(__always)
  private func sum<Tile: AccumulatorTile>(
    _ tile: Tile.Type, channels: Int, pixelPitch: Int, input: FloatMemory
  ) -> Tile {
    var sums = Tile(Tile.weights(start))
    var weights = weights
    for tap in 0..<tapCount {
      var source = input + taps.integer(at: tap)
      for _ in 0..<channels {
        sums.add(source, pixelPitch: pixelPitch, Tile.weights(weights))
        source = source + 1
        weights = weights + Tile.blocks * Tile.Vector.lanes
      }
    }
    return sums
  }
}

/// Leaves out the pixels behind the end of a row.
private struct LimitedSink<Wrapped: Sink>: Sink {
  var sink: Wrapped
  var width: Int

  @inline(__always)
  func store(_ sum: Wrapped.Vector, pixel: Int, block: Int) {
    if pixel < width { sink.store(sum, pixel: pixel, block: block) }
  }
}
