/// What a track file went through.
package struct TrackFileStatistics: Sendable, Equatable {
  /// As the user gave it.
  package var path: String
  /// Lines of a live run that were left out because nobody read them quickly enough.
  package var droppedLines = 0
  /// Whether it is gone for good.
  package var hasFailed = false

  package init(path: String) { self.path = path }
}
