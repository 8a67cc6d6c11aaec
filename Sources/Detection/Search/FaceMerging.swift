import Foundation
import Imaging

/// Makes one face of several finds of it.
struct FaceMerging {
  private let merging: SearchOptions.Merging
  private let overlap: Float
  private let scoreThreshold: Float
  private var suppression: NonMaximumSuppression

  init(_ options: SearchOptions) {
    merging = options.merging
    overlap = options.overlap
    scoreThreshold = options.scoreThreshold
    suppression = NonMaximumSuppression(
      threshold: options.overlap, maximumCandidates: Self.maximumCandidates)
  }

  /// As many as RetinaFace's evaluation looks at.
  private static let maximumCandidates = 5000

  /// - Parameters:
  ///   - found: All finds; destroyed.
  ///   - faces: Replaced by one a face, highest score first.
  mutating func merge(_ found: inout [Detection], into faces: inout [Detection]) {
    switch merging {
    case .nms: suppression.suppress(found, into: &faces)
    case .voting: vote(&found, into: &faces)
    case .soft: soften(&found, into: &faces)
    }
  }

  /// Box voting: finds that overlap with the best one are averaged, weighted by their scores; the score
  /// is the best one's.
  ///
  /// Source: Gidaris and Komodakis, ICCV 2015, section 3; the threshold is RetinaFace's.
  private func vote(_ found: inout [Detection], into faces: inout [Detection]) {
    faces.removeAll(keepingCapacity: true)
    found.sort(by: Self.ranksHigher)
    if found.count > Self.maximumCandidates {
      found.removeLast(found.count - Self.maximumCandidates)
    }
    while let best = found.first {
      var votes = WeightedFace()
      found.removeAll { find in
        guard find.box.intersectionOverUnion(with: best.box) > overlap else { return false }
        votes.add(find)
        return true
      }
      // A box without area overlaps with nothing, not even itself.
      if votes.count == 0 { found.removeFirst() }
      if votes.count == 1 { faces.append(best) }
      if votes.count > 1 { faces.append(votes.mean(score: best.score)) }
    }
  }

  /// Soft-NMS: a find loses score by how much it overlaps with each better one.
  ///
  /// Source: Bodla et al., ICCV 2017, equation 3, with their σ = 0.5, as in MaskFace (Yashunin et al.,
  /// WACV 2020).
  private func soften(_ found: inout [Detection], into faces: inout [Detection]) {
    faces.removeAll(keepingCapacity: true)
    found.sort(by: Self.ranksHigher)
    if found.count > Self.maximumCandidates {
      found.removeLast(found.count - Self.maximumCandidates)
    }
    while let index = found.indices.max(by: { Self.ranksHigher(found[$1], found[$0]) }) {
      let best = found[index]
      guard best.score > scoreThreshold else { return }
      faces.append(best)
      found.swapAt(index, found.count - 1)
      found.removeLast()
      for other in found.indices {
        let overlap = found[other].box.intersectionOverUnion(with: best.box)
        if overlap > 0 { found[other].score *= exp(-overlap * overlap / 0.5) }
      }
      found.removeAll { $0.score <= scoreThreshold }
    }
  }

  /// By score; ties by position, so that runs repeat exactly.
  private static func ranksHigher(_ a: Detection, _ b: Detection) -> Bool {
    if a.score != b.score { return a.score > b.score }
    return (a.box.minX, a.box.minY, a.box.maxX, a.box.maxY)
      < (b.box.minX, b.box.minY, b.box.maxX, b.box.maxY)
  }
}

/// A mean of detections, weighted by their scores.
private struct WeightedFace {
  private(set) var count = 0
  private var weight: Float = 0
  private var corners = SIMD4<Float>.zero
  private var landmarks = InlineArray<5, SIMD2<Float>>(repeating: .zero)

  mutating func add(_ detection: Detection) {
    let (box, score) = (detection.box, detection.score)
    count += 1
    weight += score
    corners += score * SIMD4(box.minX, box.minY, box.maxX, box.maxY)
    for index in 0..<Landmarks.count {
      landmarks[index] += score * SIMD2(detection.landmarks[index].x, detection.landmarks[index].y)
    }
  }

  func mean(score: Float) -> Detection {
    let corners = corners / weight
    func point(_ index: Int) -> Point {
      Point(x: landmarks[index].x / weight, y: landmarks[index].y / weight)
    }
    return Detection(
      box: BoundingBox(minX: corners.x, minY: corners.y, maxX: corners.z, maxY: corners.w),
      landmarks: Landmarks(
        leftEye: point(0), rightEye: point(1), noseTip: point(2), leftMouthCorner: point(3),
        rightMouthCorner: point(4)),
      score: score)
  }
}
