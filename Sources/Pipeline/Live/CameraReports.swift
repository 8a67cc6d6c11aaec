/// How one of several inputs is doing.
package struct CameraProgress: Sendable, Equatable {
  package var name: String
  package var run: RunProgress

  package init(name: String, connection: ConnectionState, run: RunProgress) {
    self.name = name
    self.run = run
    self.run.connection = connection
  }

  package var connection: ConnectionState { run.connection }
}

/// What one of several inputs came to.
package struct CameraSummary: Sendable {
  package var name: String
  /// Whether its input could be opened, so that frames could flow.
  package var hasBegun: Bool
  package var run: RunSummary
}

/// What a run of several inputs did.
package struct CamerasSummary: Sendable {
  /// In the order of the pipeline file.
  package var cameras: [CameraSummary]
  package var elapsedSeconds: Double
  /// Worker threads of all together.
  package var threads: Int

  /// The sums of all inputs over the time of the whole run.
  package var total: RunProgress {
    var total = RunProgress(
      frames: 0, faces: 0, drops: 0, elapsedSeconds: elapsedSeconds, positionSeconds: 0)
    for camera in cameras {
      total.frames += camera.run.progress.frames
      total.faces += camera.run.progress.faces
      total.drops += camera.run.progress.drops
      total.positionSeconds += camera.run.progress.positionSeconds
    }
    return total
  }
}
