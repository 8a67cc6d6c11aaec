/// What outputs say while they are written.
package enum OutputEvent: Sendable {
  /// Something the user should know, in a sentence; the output goes on, or tries to.
  case warning(String)
  /// An output of a live run is gone for good; the others go on.
  case failed(MediaError)
  /// A recording could not be gone on with until the run ended.
  case incomplete(MediaError)
}

/// What an output of a live run went through.
package struct OutputStatistics: Sendable, Equatable {
  /// As the user gave it.
  package var path: String
  /// Whether packets reach it at the moment: a file that is open, a pipe somebody reads, a connection that holds.
  package var isConnected = false
  /// How often a connection was made again after it broke, or a recording begun again after it failed.
  package var reconnects = 0
  /// Packets of the video that were left out because the output was not there or not quick enough.
  package var droppedPackets = 0
  /// Whether it is gone for good.
  package var hasFailed = false

  package init(
    path: String, isConnected: Bool = false, reconnects: Int = 0, droppedPackets: Int = 0,
    hasFailed: Bool = false
  ) {
    self.path = path
    self.isConnected = isConnected
    self.reconnects = reconnects
    self.droppedPackets = droppedPackets
    self.hasFailed = hasFailed
  }
}
