import Imaging

/// Parts of a frame, in full size, that are worth a second look because a first one, at a smaller size,
/// saw hints of small faces there.
///
/// The idea is that of RefineFace's selective two-step detection (Zhang et al., TPAMI 2020, section
/// 3.3), which filters easy negatives on the levels of small faces first: here whole parts of the frame
/// are filtered, so that the others cost nothing.
struct EvidenceTiles {
  /// What hints at a face: far below what is reported.
  static let leastScore: Float = 0.1

  /// Receives the part to look at; where that is changes from tile to tile.
  let picture: ScaledPicture

  private let columns: [Int]
  private let rows: [Int]
  private let width: Int
  private let height: Int
  /// Pixels of the frame for one of the first look.
  private let baseScaleX: Float
  private let baseScaleY: Float
  private var isChosen: [Bool]

  /// Side of a tile in the pixels of the network: large enough that its edges are a small part of it.
  private static let side = 512
  /// By how much neighbours overlap, in the same pixels: no face a tile is trusted with is cut by both.
  private static let overlap = 96
  /// Faces smaller than this in the first look are looked at again, in its pixels.
  private static let smallFace: Float = 32
  /// And smaller than this in a tile, in its pixels, which sees them whole even if their boxes grow.
  private static let trustedFace: Float = 72
  /// A box that comes this near to an inner edge of a tile, in pixels of the network, may be cut.
  private static let margin: Float = 4

  /// - Parameters:
  ///   - pixelAspect: Width to height of a pixel of the frame.
  ///   - base: Size of the first look.
  /// - Returns: `nil` where the first look already sees the frame in full size.
  init?(width: Int, height: Int, pixelAspect: Double, base: (width: Int, height: Int)) {
    guard Double(base.height) < 0.9 * Double(height) else { return nil }
    self.width = width
    self.height = height
    baseScaleX = Float(width) / Float(base.width)
    baseScaleY = Float(height) / Float(base.height)
    // A frame of one pixel's width, made smaller to one again, has pixels of any shape.
    let sideX = min(width, max(1, Int((Double(Self.side) / pixelAspect).rounded())))
    let sideY = min(height, Self.side)
    columns = Self.origins(
      of: sideX, overlap: Int((Double(Self.overlap) / pixelAspect).rounded()), in: width)
    rows = Self.origins(of: sideY, overlap: Self.overlap, in: height)
    picture = ScaledPicture(
      width: max(1, Int((Double(sideX) * pixelAspect).rounded())), height: sideY,
      sourceWidth: sideX, sourceHeight: sideY)
    isChosen = Array(repeating: false, count: columns.count * rows.count)
  }

  /// Where tiles begin so that they cover a length, but for its last pixel at most, and overlap at least
  /// so much; even, because chroma samples belong to two pixels.
  private static func origins(of side: Int, overlap: Int, in length: Int) -> [Int] {
    guard side < length else { return [0] }
    let count = (length - overlap + side - overlap - 1) / (side - overlap)
    return (0..<count).map { ($0 * (length - side) / (count - 1)) & ~1 }
  }

  /// Chooses the tiles that what a first look found asks for.
  mutating func choose(from detections: [Detection]) {
    for index in isChosen.indices { isChosen[index] = false }
    for detection in detections where isSmall(detection) {
      let center = detection.box.center
      let column = Self.best(columns, side: picture.sourceWidth, for: center.x)
      let row = Self.best(rows, side: picture.sourceHeight, for: center.y)
      isChosen[row * columns.count + column] = true
    }
  }

  /// Moves the picture to the next chosen tile.
  ///
  /// - Returns: Its number, `nil` when there is none.
  mutating func show(after index: Int?) -> Int? {
    guard let next = isChosen.indices.first(where: { $0 > index ?? -1 && isChosen[$0] }) else {
      return nil
    }
    picture.sourceX = columns[next % columns.count]
    picture.sourceY = rows[next / columns.count]
    return next
  }

  /// Whether a face of the first look is one that the tile shown sees better.
  func replaces(_ detection: Detection) -> Bool {
    guard isSmall(detection) else { return false }
    let center = detection.box.center
    return Self.best(columns, side: picture.sourceWidth, for: center.x) == columnShown
      && Self.best(rows, side: picture.sourceHeight, for: center.y) == rowShown
  }

  /// Whether a face seen in the tile shown is seen whole, and small enough for tiles.
  func trusts(_ detection: Detection) -> Bool {
    let box = detection.box
    let (scaleX, scaleY) = (picture.scaleX, picture.scaleY)
    guard box.width / scaleX < Float(Self.overlap), box.height / scaleY < Float(Self.overlap) else {
      return false
    }
    let center = box.center
    // Of two tiles that see it, the one it lies deeper in.
    guard Self.best(columns, side: picture.sourceWidth, for: center.x) == columnShown,
      Self.best(rows, side: picture.sourceHeight, for: center.y) == rowShown
    else { return false }
    let (minX, minY) = (Float(picture.sourceX), Float(picture.sourceY))
    let (maxX, maxY) = (
      minX + Float(picture.sourceWidth), minY + Float(picture.sourceHeight)
    )
    let (marginX, marginY) = (Self.margin * scaleX, Self.margin * scaleY)
    return (box.minX > minX + marginX || minX <= 0)
      && (box.minY > minY + marginY || minY <= 0)
      && (box.maxX < maxX - marginX || maxX >= Float(width - 1))
      && (box.maxY < maxY - marginY || maxY >= Float(height - 1))
  }

  private var columnShown: Int { columns.firstIndex(of: picture.sourceX) ?? 0 }
  private var rowShown: Int { rows.firstIndex(of: picture.sourceY) ?? 0 }

  private func isSmall(_ detection: Detection) -> Bool {
    let box = detection.box
    return box.width < min(Self.smallFace * baseScaleX, Self.trustedFace * picture.scaleX)
      && box.height < min(Self.smallFace * baseScaleY, Self.trustedFace * picture.scaleY)
  }

  /// The tile in whose middle a position lies most.
  private static func best(_ origins: [Int], side: Int, for position: Float) -> Int {
    var best = 0
    var least = Float.infinity
    for (index, origin) in origins.enumerated() {
      let distance = abs(position - Float(origin) - Float(side) / 2)
      if distance < least { (best, least) = (index, distance) }
    }
    return best
  }
}
