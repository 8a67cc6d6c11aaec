/// Which streams of a new connection go on with which of the first one.
package struct StreamMatching: Equatable, Sendable {
  /// From the number of a stream of the new connection to that of the first one.
  package let targets: [Int: Int]
  /// Streams of the new connection that go on with none, and are left out.
  package let leftOut: [StreamDescription]

  /// Pairs the videos that are processed, whatever their codec, and of the others those of the same
  /// kind, codec and sound, in order.
  ///
  /// - Parameters:
  ///   - firstVideo: Number of the video that is processed.
  ///   - newVideo: Number of the video that is processed now.
  package init(
    first: [StreamDescription], firstVideo: Int, new: [StreamDescription], newVideo: Int
  ) {
    var targets = [newVideo: firstVideo]
    var leftOut: [StreamDescription] = []
    var free = first.filter { $0.index != firstVideo }
    for stream in new where stream.index != newVideo {
      let fitting = free.firstIndex {
        $0.kind == stream.kind && $0.codec == stream.codec && $0.audio == stream.audio
      }
      if let fitting {
        targets[stream.index] = free.remove(at: fitting).index
      } else if stream.kind != .video {
        leftOut.append(stream)
      }
    }
    self.targets = targets
    self.leftOut = leftOut
  }
}
