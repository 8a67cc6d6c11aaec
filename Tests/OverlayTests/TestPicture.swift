import Imaging

/// A picture that owns its memory, guard bytes around every row, and a background that differs
/// from sample to sample.
@safe
final class TestPicture {
  let width: Int
  let height: Int
  let format: PixelFormat
  let color: ColorDescription
  /// One a plane, with rows of `bytesPerRow`.
  private var planes: [UnsafeMutableBufferPointer<UInt8>] = unsafe []
  private(set) var sizes: [(width: Int, height: Int)] = []

  static let guardBytes = 16
  static let guardValue: UInt8 = 0xA5

  init(
    width: Int, height: Int, format: PixelFormat = .yuv420,
    color: ColorDescription = ColorDescription(matrix: .bt709, range: .limited),
    background: (_ plane: Int, _ x: Int, _ y: Int) -> Int = { plane, x, y in
      plane == 0 ? 40 + (x * 7 + y * 13) % 50 : 110 + (x * 5 + y * 3 + plane) % 30
    }
  ) {
    self.width = width
    self.height = height
    self.format = format
    self.color = color
    for plane in 0..<min(3, format.planeCount) {
      let size = format.planeSize(plane, width: width, height: height)
      sizes.append(size)
      let memory = UnsafeMutableBufferPointer<UInt8>.allocate(
        capacity: bytesPerRow(plane) * (size.height + 2))
      unsafe memory.initialize(repeating: Self.guardValue)
      unsafe planes.append(memory)
      for y in 0..<size.height {
        for x in 0..<size.width {
          set(plane, x, y, background(plane, x, y) << (format.bitDepth - 8))
        }
      }
    }
  }

  deinit {
    for plane in sizes.indices { unsafe planes[plane].deallocate() }
  }

  func bytesPerRow(_ plane: Int) -> Int {
    sizes[plane].width * format.bytesPerSample + 2 * Self.guardBytes
  }

  private func index(_ plane: Int, _ x: Int, _ y: Int) -> Int {
    (y + 1) * bytesPerRow(plane) + Self.guardBytes + x * format.bytesPerSample
  }

  subscript(plane: Int, x: Int, y: Int) -> Int {
    let index = index(plane, x, y)
    let low = unsafe Int(planes[plane][index])
    return unsafe format.bytesPerSample == 1 ? low : low | Int(planes[plane][index + 1]) << 8
  }

  private func set(_ plane: Int, _ x: Int, _ y: Int, _ value: Int) {
    let index = index(plane, x, y)
    unsafe planes[plane][index] = UInt8(value & 0xFF)
    if format.bytesPerSample == 2 { unsafe planes[plane][index + 1] = UInt8(value >> 8) }
  }

  /// Lends the picture for drawing.
  func withImage(_ body: (PlanarImage) -> Void) {
    var lent: [ImagePlane?] = unsafe [nil, nil, nil]
    for plane in sizes.indices {
      guard let base = unsafe planes[plane].baseAddress else { return }
      unsafe lent[plane] = ImagePlane(
        base: UnsafeMutableRawPointer(base + index(plane, 0, 0)), width: sizes[plane].width,
        height: sizes[plane].height, bytesPerRow: bytesPerRow(plane))
    }
    guard let luma = unsafe lent[0] else { return }
    unsafe body(
      PlanarImage(
        width: width, height: height, format: format, color: color, luma: luma,
        chromaBlue: lent[1], chromaRed: lent[2]))
  }

  /// Whether every byte outside the samples is as it was.
  var guardsAreIntact: Bool {
    for plane in sizes.indices {
      let rowLength = bytesPerRow(plane)
      let (width, height) = sizes[plane]
      for index in unsafe planes[plane].indices {
        guard unsafe planes[plane][index] != Self.guardValue else { continue }
        let (row, column) = (index / rowLength - 1, index % rowLength - Self.guardBytes)
        let isInside =
          (0..<height).contains(row) && (0..<width * format.bytesPerSample).contains(column)
        if !isInside { return false }
      }
    }
    return true
  }

  /// The pixels of a plane that differ from another picture's of the same shape, in that plane's
  /// samples; `nil` when there are none.
  func changed(since other: TestPicture, plane: Int) -> [(x: Int, y: Int)] {
    var changed: [(x: Int, y: Int)] = []
    for y in 0..<sizes[plane].height {
      for x in 0..<sizes[plane].width where self[plane, x, y] != other[plane, x, y] {
        changed.append((x, y))
      }
    }
    return changed
  }
}

extension PixelFormat {
  /// Every layout a video may bring.
  static let tested: [PixelFormat] = [8, 9, 10, 12, 16].flatMap { depth in
    [(1, 1), (1, 0), (0, 1), (0, 0), (2, 0)].map {
      PixelFormat(bitDepth: depth, planeCount: 3, log2ChromaWidth: $0.0, log2ChromaHeight: $0.1)
    } + [PixelFormat(bitDepth: depth, planeCount: 1, log2ChromaWidth: 0, log2ChromaHeight: 0)]
  }
}
