package import Imaging

/// Searches frames of one size for faces, with one look or with many.
///
/// It says which pictures it wants to see, and whoever holds the frame makes them:
///
/// ```
/// search.begin()
/// while let picture = search.nextPicture() {
///   try converter.scale(frame, into: picture)
///   try search.look()
/// }
/// search.finish(into: &detections)
/// ```
///
/// All memory is reused from frame to frame. Owned by one thread.
package struct FaceSearch {
  private let detector: any FaceDetector
  private let options: SearchOptions
  /// Looks at the whole frame; the first is the one everybody wants.
  private var looks: [Look]
  private var tiles: EvidenceTiles?
  private var mirror: ScaledPicture?
  private var merging: FaceMerging

  private var state = State.done
  private var found: [Detection] = []
  private var seen: [Detection] = []

  /// A look at the whole frame.
  private struct Look {
    let picture: ScaledPicture
    /// Sides of faces that this look is trusted with, in its own pixels.
    var sides: ClosedRange<Float>
  }

  private enum State {
    case look(Int)
    case tile(Int)
    case done
  }

  /// - Parameters:
  ///   - detector: Made with `options.detectorOptions`.
  ///   - width: Of the frames, in pixels.
  ///   - height: Likewise.
  ///   - base: Size of the first look, in the shape viewers see.
  package init(
    detector: any FaceDetector, options: SearchOptions, width: Int, height: Int,
    base: (width: Int, height: Int)
  ) {
    self.detector = detector
    self.options = options
    looks = Self.sizes(options, height: height, base: base).map { size in
      Look(
        picture: ScaledPicture(
          width: size.width, height: size.height, sourceWidth: width, sourceHeight: height),
        sides: 0...Float.infinity)
    }
    merging = FaceMerging(options)
    shareFaces()
    if options.usesTiles {
      tiles = EvidenceTiles(
        width: width, height: height, pixelAspect: Self.aspect(width, height, base), base: base)
    }
  }

  /// Leaves to each look the faces that it sees best.
  private mutating func shareFaces() {
    let order = looks.indices.sorted { looks[$0].picture.width < looks[$1].picture.width }
    var smaller: (width: Int, least: Float)?
    for (rank, index) in order.enumerated() where order.count > 1 {
      let picture = looks[index].picture
      var least = rank == order.count - 1 ? 0 : Self.smallestSide
      if rank == 0, options.looksForLargeFaces {
        least = Self.fillingShare * Float(min(picture.width, picture.height))
      }
      var most = Float.infinity
      if let smaller {
        // No face falls between two looks.
        let begun = smaller.least * Float(picture.width) / Float(smaller.width)
        most = max(Self.largestSide, Self.sharedRange * begun)
      }
      looks[index].sides = least...max(least, most)
      smaller = (picture.width, least)
    }
  }

  /// Faces are left to a smaller look only when they are so many times larger than what it begins with.
  private static let sharedRange: Float = 1.5
  /// A face as large as this share of the short side fills the frame.
  private static let fillingShare: Float = 0.3
  /// Below this a face is left to a look at a larger size, and above the other to a smaller one, in
  /// pixels of the look: only the largest and the smallest look report all they see. On 120 pictures of
  /// WIDER FACE, `best` reaches an average precision of 74.4 % of the hard faces with 20 and 150, 72.9 %
  /// with 12 and 600 (`docs/accuracy.md`).
  private static let smallestSide: Float = 20
  private static let largestSide: Float = 150
  /// Long side of the look for faces that fill the frame.
  private static let smallScale = 320
  /// Frames are not enlarged further: nothing is to be seen that was not there.
  private static let largestEnlargement = 2.0

  /// Width to height of a pixel of the frame.
  private static func aspect(_ width: Int, _ height: Int, _ base: (width: Int, height: Int))
    -> Double
  {
    Double(base.width) / Double(base.height) * Double(height) / Double(width)
  }

  /// The sizes of the looks at the whole frame, the base first, none twice.
  private static func sizes(
    _ options: SearchOptions, height: Int, base: (width: Int, height: Int)
  ) -> [(width: Int, height: Int)] {
    var sizes = [base]
    func add(_ factor: Double) {
      let size = (
        width: max(1, Int((Double(base.width) * factor).rounded())),
        height: max(1, Int((Double(base.height) * factor).rounded()))
      )
      let isKnown = sizes.contains { abs($0.width - size.width) * 20 < $0.width }
      if !isKnown { sizes.append(size) }
    }
    for side in options.shortSides {
      let factor = Double(side) / Double(min(base.width, base.height))
      if factor * Double(base.height) <= largestEnlargement * Double(height) { add(factor) }
    }
    if options.looksForLargeFaces {
      let factor = Double(smallScale) / Double(max(base.width, base.height))
      if factor < 1 { add(factor) }
    }
    return sizes
  }

  /// Begins with a frame.
  package mutating func begin() {
    found.removeAll(keepingCapacity: true)
    seen.removeAll(keepingCapacity: true)
    state = .look(0)
  }

  /// The picture to make of the frame for the next look, `nil` when there is nothing more to look at.
  package var nextPicture: ScaledPicture? {
    switch state {
    case .look(let index): looks[index].picture
    case .tile: tiles?.picture
    case .done: nil
    }
  }

  /// The picture of the whole frame that is made first, as it was made last.
  package var wholeFrame: ScaledPicture { looks[0].picture }

  /// Looks at the picture that `nextPicture` asked for.
  ///
  /// - Throws: What the detector throws.
  /// - Precondition: there is one.
  package mutating func look() throws(DetectionError) {
    switch state {
    case .look(let index):
      let look = looks[index]
      try detector.detect(in: look.picture, into: &seen)
      keep(look)
      if options.mirrors { try lookAtMirrored(look) }
      if index == 0 { tiles?.choose(from: found) }
      state = index + 1 < looks.count ? .look(index + 1) : nextTile(after: nil)
    case .tile(let index):
      guard let tiles else { preconditionFailure("there is no tile") }
      try detector.detect(in: tiles.picture, into: &seen)
      for detection in seen where tiles.trusts(detection) { found.append(detection) }
      state = nextTile(after: index)
    case .done: preconditionFailure("there is nothing to look at")
    }
  }

  /// The faces of the frame, in its pixels, highest score first.
  package mutating func finish(into detections: inout [Detection]) {
    if options.isSingleLook {
      swap(&detections, &found)
      return
    }
    found.removeAll { $0.score <= options.scoreThreshold }
    merging.merge(&found, into: &detections)
    detections.removeAll {
      $0.box.height < options.minimumFaceSize || $0.score <= options.scoreThreshold
    }
    if let maximumFaces = options.maximumFaces {
      detections.removeLast(max(0, detections.count - maximumFaces))
    }
  }

  private mutating func keep(_ look: Look) {
    if options.isSingleLook {
      swap(&found, &seen)
      return
    }
    for detection in seen {
      let box = detection.box
      let side = max(box.width / look.picture.scaleX, box.height / look.picture.scaleY)
      if look.sides.contains(side) { found.append(detection) }
    }
  }

  private mutating func lookAtMirrored(_ look: Look) throws(DetectionError) {
    let mirrored = look.picture.mirrored(reusing: mirror)
    mirror = mirrored
    try detector.detect(in: mirrored, into: &seen)
    // Of the picture, in pixels of the frame: hardly ever another than the frame's.
    let width = Float(look.picture.width) * look.picture.scaleX
    for index in seen.indices { seen[index] = seen[index].mirrored(frameWidth: width) }
    keep(look)
  }

  private mutating func nextTile(after index: Int?) -> State {
    guard let next = tiles?.show(after: index) else { return .done }
    // What the first look saw of small faces there is replaced by what this one sees.
    found.removeAll { tiles?.replaces($0) ?? false }
    return .tile(next)
  }
}
