/// Places activations in a workspace so that two which are needed at the same time never overlap.
///
/// Greedy first fit in the order of creation, as in the "greedy by breadth" planners of inference
/// engines (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020,
/// section 4); with the few dozen activations of our network anything cleverer saves little.
struct WorkspaceLayout {
  /// One activation: its size in floats, and the first and last step that touch it.
  struct Request {
    var count: Int
    var firstStep: Int
    var lastStep: Int
  }

  /// In the order of the requests.
  private(set) var regions: [Range<Int>] = []
  /// Floats needed for all regions.
  private(set) var count = 0

  init(_ requests: [Request]) {
    for (index, request) in requests.enumerated() {
      let rivals = zip(requests.prefix(index), regions)
        .filter { other, _ in
          other.firstStep <= request.lastStep && request.firstStep <= other.lastStep
        }
        .map { $0.1 }
        .sorted { $0.lowerBound < $1.lowerBound }
      var offset = 0
      for rival in rivals {
        if offset + request.count <= rival.lowerBound { break }
        offset = max(offset, Workspace.aligned(rival.upperBound))
      }
      regions.append(offset..<offset + request.count)
      count = max(count, Workspace.aligned(offset + request.count))
    }
  }
}
