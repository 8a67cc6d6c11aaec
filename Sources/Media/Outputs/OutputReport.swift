/// What outputs say while they are written.
package enum OutputEvent: Sendable {
  /// Something the user should know, in a sentence; the output goes on, or tries to.
  case warning(String)
  /// An output is gone for good; the others go on.
  case failed(MediaError)
  /// That was the last one.
  case noneLeft
}

/// What an output of a live run went through.
package struct OutputStatistics: Sendable, Equatable {
  /// As the user gave it.
  package var path: String
  /// How often a connection was made again after it broke.
  package var reconnects = 0
  /// Packets of the video that were left out because the output was not there or not quick enough.
  package var droppedPackets = 0
  package var hasFailed = false
}
