/// Places feature maps in a workspace so that two which are needed at the same time never overlap.
///
/// Greedy first fit in the order of creation: the simplest of the planners compared by Pisarchyk and
/// Lee ("Efficient Memory Management for Deep Neural Net Inference", 2020), and enough for a network
/// of a few dozen feature maps.
package struct WorkspaceLayout {
  /// One feature map: its size in floats, and the first and last step that touch it.
  package struct Request {
    package var count: Int
    package var firstStep: Int
    package var lastStep: Int

    package init(count: Int, firstStep: Int, lastStep: Int) {
      self.count = count
      self.firstStep = firstStep
      self.lastStep = lastStep
    }
  }

  /// In the order of the requests.
  package private(set) var regions: [Range<Int>] = []
  /// Floats needed for all regions.
  package private(set) var count = 0

  /// Places one region per request.
  package init(_ requests: [Request]) {
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
