/// Cuts an output plane into runs of pixels, in the order of memory; rows may be divided.
///
/// The cut depends on the plane alone, never on the number of threads.
struct PixelTiles {
  let count: Int
  private let planeSize: Int
  private let tileSize: Int

  /// Chosen so that the im2col matrix of our widest 3×3 layer (576 rows) takes 590 KB, within the
  /// 1 MB of second-level cache of current server cores.
  static let largestTile = 256
  /// Below this a matrix product costs more to set up than it computes.
  static let smallestTile = 64

  init(planeSize: Int) {
    self.planeSize = planeSize
    // A quarter of a small plane, so that up to four threads find work in the deepest layers.
    let quarter = ((planeSize + 3) / 4 + 15) / 16 * 16
    let tileSize = min(max(quarter, Self.smallestTile), Self.largestTile)
    self.tileSize = tileSize
    count = (planeSize + tileSize - 1) / tileSize
  }

  subscript(tile: Int) -> Range<Int> {
    tile * tileSize..<min((tile + 1) * tileSize, planeSize)
  }
}
