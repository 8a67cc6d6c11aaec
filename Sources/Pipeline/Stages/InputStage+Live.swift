import Imaging
import Media

/// Reading what comes at its own pace, over connections that break.
extension InputStage {
  /// How a connection came to its end.
  private enum ConnectionEnd {
    /// The run is interrupted, or nobody takes frames any more.
    case stopped
    /// The other side ended the stream.
    case ended
    case failed(MediaError)
  }

  /// Reads from one connection after the other until the run ends.
  ///
  /// - Throws: `media` when the input is lost for good, `tooManyErrors`.
  func readLive(_ reader: inout Reader) throws(PipelineError) {
    reader.live = LiveReading(reader.input.demuxer)
    while true {
      let picturesBefore = state.snapshot.decodedFrames
      let end = try readConnection(&reader)
      // What the decoder still holds was sent before the end.
      guard try decode(nil, &reader) else { return }
      let demuxer = reader.input.demuxer
      demuxer.close()
      guard goesOn(after: end, demuxer) else {
        if case .failed(let error) = end { throw .media(error) }
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
      if !next.demuxer.isLive {
        // A playlist that has an end by now has been played to it.
        if demuxer.isSegmented { return }
        throw .media(
          .lost(path: demuxer.path, reason: "what is there now is a file, not the stream"))
      }
      begin(next, &reader)
    }
  }

  /// Whether the input is connected anew.
  private func goesOn(after end: ConnectionEnd, _ demuxer: Demuxer) -> Bool {
    guard live.reconnect != .off, !interruption.isRaised else { return false }
    return switch end {
    case .stopped: false
    // What says how long it is ends like a file, and would begin anew.
    case .ended: demuxer.durationSeconds == nil || live.reconnect == .on
    case .failed: true
    }
  }

  private static func sentence(of end: ConnectionEnd, _ path: String) -> String {
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

  private func readConnection(_ reader: inout Reader) throws(PipelineError) -> ConnectionEnd {
    let demuxer = reader.input.demuxer
    while !interruption.isRaised {
      let packet: Packet?
      do throws(MediaError) {
        packet = try demuxer.nextPacket()
      } catch .damaged(let reason) {
        try noteDamage(reason)
        continue
      } catch {
        return .failed(error)
      }
      guard let packet else { return interruption.isRaised ? .stopped : .ended }
      if packet.isDamaged { try noteDamage("the container marks a packet as damaged") }
      // FLV and MPEG-TS may announce further streams later; the output cannot take them any more.
      guard demuxer.streams.indices.contains(packet.streamIndex) else { continue }
      let stream = demuxer.streams[packet.streamIndex]
      reader.live?.shift(packet, of: stream)
      if stream.index == demuxer.videoStream.index {
        guard try takeVideo(packet, of: stream, &reader) else { return .stopped }
      } else if reader.live?.move(packet, of: stream) == true {
        do throws(MediaError) { try outputs?.copy(packet) } catch { throw .media(error) }
      }
    }
    return .stopped
  }

  /// - Returns: `false` when nobody takes frames any more.
  private func takeVideo(
    _ packet: Packet, of stream: StreamDescription, _ reader: inout Reader
  ) throws(PipelineError) -> Bool {
    guard var live = reader.live else { return true }
    if !live.hasKeyFrame {
      // Before it there would be grey, or the remains of pictures nobody has. Streams that never have a
      // key frame refresh themselves part by part.
      let waited = (ContinuousClock.now - live.connected) / .seconds(1)
      live.hasKeyFrame = packet.isKeyFrame || waited > self.live.timeout
    }
    var wait = 0.0
    if reader.input.demuxer.isSegmented, let span = packet.span(timeBase: stream.timeBase) {
      wait = live.pacer.wait(
        timestamp: Double(span.begin) / 1e6, now: live.seconds(at: .now))
    }
    reader.live = live
    guard live.hasKeyFrame else { return true }
    if wait > 0 {
      if !interruption.wait(seconds: wait) { return true }
      packet.delayCapture(bySeconds: wait)
    }
    return try decode(packet, &reader)
  }
}
