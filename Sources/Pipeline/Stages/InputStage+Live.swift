import Imaging
import Media

/// Reading what comes at its own pace, over connections that break.
extension InputStage {
  /// Reads from one connection after the other until the run ends.
  ///
  /// - Throws: `media` when the input is lost for good, `tooManyErrors`.
  func readLive(_ reader: inout Reader) throws(PipelineError) {
    reader.live = LiveReading(reader.input.demuxer, timeout: live.timeout)
    while true {
      let picturesBefore = state.snapshot.decodedFrames
      let end = try readPackets(&reader)
      // What the decoder still holds was sent before the end.
      guard try decode(nil, &reader) else { return }
      let demuxer = reader.input.demuxer
      // Others know the first connection to the end of the run, but its threads and pictures are its own.
      demuxer.close()
      reader.input.decoder.close()
      guard goesOn(after: end, demuxer) else {
        // Who stops a run that has just lost its input stops it all the same.
        if case .failed(let error) = end, !interruption.isRaised { throw .media(error) }
        return
      }
      state.update { $0.connection = .reconnecting }
      // A playlist may have an end by now, or else has only lost its way.
      if case .ended = end, demuxer.isSegmented {
      } else {
        state.addWarning(Self.sentence(of: end, demuxer.path) + "; connecting anew")
      }
      let held = (ContinuousClock.now - demuxer.connected) / .seconds(1)
      let next: InputConnector.Connection?
      do throws(MediaError) {
        next = try reader.connector.reconnect(
          heldSeconds: held, hadPictures: state.snapshot.decodedFrames > picturesBefore)
      } catch {
        throw .media(error)
      }
      guard let next else { return }
      // A playlist that has an end by now has been played to it, also where it is live by the user's word.
      if demuxer.isSegmented, demuxer.durationSeconds == nil,
        next.demuxer.durationSeconds != nil || !next.demuxer.isLive
      {
        return
      }
      if !next.demuxer.isLive {
        throw .media(
          .lost(path: demuxer.path, reason: "what is there now is a file, not the stream"))
      }
      begin(next, &reader)
    }
  }

  /// Whether the input is connected anew.
  private func goesOn(after end: End, _ demuxer: Demuxer) -> Bool {
    guard live.reconnect != .off, Demuxer.canBeReopened(demuxer.path), !interruption.isRaised else {
      return false
    }
    return switch end {
    case .stopped: false
    case .ended: demuxer.mayGoOn || live.reconnect == .on
    case .failed: true
    }
  }

  private static func sentence(of end: End, _ path: String) -> String {
    if case .failed(let error) = end { error.description } else { "'\(path)' ended the stream" }
  }

  private func begin(_ next: InputConnector.Connection, _ reader: inout Reader) {
    reader.repairedTimestamps += reader.input.decoder.repairedTimestampCount
    reader.input = next
    if let warning = reader.live?.reconnect(next.demuxer) { state.addWarning(warning) }
    let epoch = reader.live?.epoch ?? 0
    state.update {
      $0.connection = .live
      $0.reconnects += 1
      $0.epoch = epoch
    }
  }
}
