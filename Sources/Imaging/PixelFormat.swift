/// The layout of a planar picture: 8-bit samples, or 9 to 16 bits in little-endian 16-bit words;
/// luma alone, or luma and two chroma planes, and possibly an alpha plane of luma's size.
package struct PixelFormat: Equatable, Hashable, Sendable {
  package var bitDepth: Int
  package var planeCount: Int
  /// 1 where a chroma plane is half as wide as luma, 2 for a quarter, 0 for equal width.
  package var log2ChromaWidth: Int
  package var log2ChromaHeight: Int

  package init(bitDepth: Int, planeCount: Int, log2ChromaWidth: Int, log2ChromaHeight: Int) {
    self.bitDepth = bitDepth
    self.planeCount = planeCount
    self.log2ChromaWidth = log2ChromaWidth
    self.log2ChromaHeight = log2ChromaHeight
  }

  package var bytesPerSample: Int { bitDepth > 8 ? 2 : 1 }

  package static let yuv420 = PixelFormat(
    bitDepth: 8, planeCount: 3, log2ChromaWidth: 1, log2ChromaHeight: 1)
  package static let yuv422 = PixelFormat(
    bitDepth: 8, planeCount: 3, log2ChromaWidth: 1, log2ChromaHeight: 0)
  package static let yuv444 = PixelFormat(
    bitDepth: 8, planeCount: 3, log2ChromaWidth: 0, log2ChromaHeight: 0)

  /// Width and height in samples of one plane of a `width` × `height` picture; odd sizes round up.
  package func planeSize(_ plane: Int, width: Int, height: Int) -> (width: Int, height: Int) {
    guard plane == 1 || plane == 2 else { return (width, height) }
    return (
      (width + (1 << log2ChromaWidth) - 1) >> log2ChromaWidth,
      (height + (1 << log2ChromaHeight) - 1) >> log2ChromaHeight
    )
  }
}
