package import Inference

/// What a detector reports, and with which means.
package struct DetectorOptions: Equatable, Sendable {
  /// Faces score above this; 0...1, default 0.5. Lower finds more faces and more that are none.
  package var scoreThreshold: Float
  /// Of two boxes with a larger IoU only the better one stays; 0...1, default 0.4, the value of
  /// RetinaFace's evaluation. Higher keeps faces that hide each other, and more doubles.
  package var nmsThreshold: Float
  /// Whether the overlap of two boxes takes their maxima for last pixels, which makes each side one
  /// pixel of the source longer, as RetinaFace's evaluation does; default false. Only boxes of some ten
  /// pixels notice.
  package var nmsCountsLastPixels: Bool
  /// At most so many faces, those of the highest score; positive, default no limit.
  package var maximumFaces: Int?
  /// Faces whose box is less high than this in the source frame are dropped; pixels, from 0, default
  /// 0. The height and not the width, because it hardly changes when a head turns.
  package var minimumFaceSize: Float
  /// At most so many candidates, those of the highest score, enter non-maximum suppression; positive,
  /// default 5000 as in RetinaFace's evaluation. Bounds the time of a frame when the score threshold
  /// is near 0; of no effect at usual thresholds.
  package var maximumCandidates: Int
  /// Picture sizes the detector is kept ready for, the most recent ones; positive, default 4. Each takes
  /// some 5 MB.
  package var maximumPlans = 4
  /// Threads of one detection; positive, default 1. The faces found do not depend on it.
  package var threads: Int
  /// Kernels of the network; default the fastest. The others serve comparison.
  package var kernels: KernelChoice

  package init(
    scoreThreshold: Float = 0.5, nmsThreshold: Float = 0.4, nmsCountsLastPixels: Bool = false,
    maximumFaces: Int? = nil, minimumFaceSize: Float = 0, maximumCandidates: Int = 5000,
    threads: Int = 1, kernels: KernelChoice = .tiled
  ) {
    self.scoreThreshold = scoreThreshold
    self.nmsThreshold = nmsThreshold
    self.nmsCountsLastPixels = nmsCountsLastPixels
    self.maximumFaces = maximumFaces
    self.minimumFaceSize = minimumFaceSize
    self.maximumCandidates = maximumCandidates
    self.threads = threads
    self.kernels = kernels
  }

  /// - Throws: `invalidOption` for the first value outside its range.
  package func validate() throws(DetectionError) {
    func check(
      _ isValid: Bool, _ name: String, _ value: some CustomStringConvertible, _ accepted: String
    ) throws(DetectionError) {
      guard isValid else {
        throw .invalidOption(name: name, value: value.description, accepted: accepted)
      }
    }
    try check((0...1).contains(scoreThreshold), "the score threshold", scoreThreshold, "in 0...1")
    try check((0...1).contains(nmsThreshold), "the NMS threshold", nmsThreshold, "in 0...1")
    try check(
      (maximumFaces ?? 1) > 0, "the largest number of faces", maximumFaces ?? 1, "at least 1")
    try check(
      minimumFaceSize >= 0 && minimumFaceSize.isFinite, "the minimum face size", minimumFaceSize,
      "a number of pixels from 0")
    try check(
      maximumCandidates > 0, "the largest number of candidates", maximumCandidates, "at least 1")
    try check(
      kernels.isAvailable, "the kernels", kernels.rawValue,
      "any other here: this processor has no AVX-512 BF16")
    try check(threads > 0, "the number of threads", threads, "at least 1")
  }
}
