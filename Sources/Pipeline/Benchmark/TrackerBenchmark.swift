import Imaging
import Tracking

/// Times the tracker alone, on a crowd that walks to and fro and covers itself in part.
package struct TrackerBenchmark: Sendable, Encodable {
  /// In each frame.
  package var faces: Int
  /// Of one update.
  package var duration: DurationSummary
  /// Heap allocations in all measured updates together; `nil` unless the program was started by
  /// `tools/count-allocations`.
  package var allocations: Int?

  /// Updates that are done but not counted: all memory has then grown to its size.
  private static let warmUpFrames = 60
  private static let frames = 300
  /// The frame all faces are in, in pixels.
  private static let (width, height): (Float, Float) = (1920, 1080)

  /// - Parameter faces: Positive.
  package init(faces: Int) {
    self.faces = faces
    var crowd = Crowd(count: faces, width: Self.width, height: Self.height)
    var tracker = Tracker()
    var costs: [StageCost] = []
    for frame in 0..<Self.warmUpFrames + Self.frames {
      crowd.step()
      let time = Timestamp(ticks: Int64(frame), timeBase: Rational(1, 30))
      let cost = cost { tracker.update(with: crowd.detections, at: time) }
      if frame >= Self.warmUpFrames { costs.append(cost) }
    }
    duration = DurationSummary(costs.map(\.milliseconds))
    allocations = costs.reduce(0) { sum, cost in
      sum.flatMap { sum in cost.allocations.map { sum + $0 } }
    }
  }

  /// Faces of a fixed number that walk, turn round at the edges, and tremble as detections do. A tenth
  /// scores low.
  private struct Crowd {
    private(set) var detections: [TrackerInput] = []
    private var places: [SIMD2<Float>] = []
    private var speeds: [SIMD2<Float>] = []
    private let limits: SIMD2<Float>
    private let size: Float
    private var state: UInt64 = 1

    init(count: Int, width: Float, height: Float) {
      limits = SIMD2(width, height)
      // Faces fill a third of the frame.
      size = (width * height / Float(count) / 3).squareRoot()
      for _ in 0..<count {
        places.append(SIMD2(random() * width, random() * height))
        speeds.append(SIMD2(random() - 0.5, (random() - 0.5) / 4) * (size / 8))
      }
    }

    mutating func step() {
      detections.removeAll(keepingCapacity: true)
      for index in places.indices {
        places[index] += speeds[index]
        for axis in 0..<2 where !(0...limits[axis]).contains(places[index][axis]) {
          speeds[index][axis] = -speeds[index][axis]
        }
        let (x, y) = (places[index].x + tremble(), places[index].y + tremble())
        let box = BoundingBox(x: x, y: y, width: size, height: 1.25 * size)
        func point(_ dx: Float, _ dy: Float) -> Point {
          Point(x: x + dx * size, y: y + dy * 1.25 * size)
        }

        let landmarks = Landmarks(
          leftEye: point(0.3, 0.4), rightEye: point(0.7, 0.4), noseTip: point(0.5, 0.6),
          leftMouthCorner: point(0.35, 0.8), rightMouthCorner: point(0.65, 0.8))
        detections.append(
          TrackerInput(box: box, landmarks: landmarks, score: random() < 0.1 ? 0.3 : 0.9))
      }
    }

    private mutating func tremble() -> Float { (random() - 0.5) * 0.06 * size }

    /// In 0..<1, by SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
    private mutating func random() -> Float {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return Float((z ^ (z >> 31)) >> 40) / Float(1 << 24)
    }
  }
}
