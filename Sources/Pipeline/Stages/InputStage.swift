import Foundation
import Imaging
import Media

/// A frame on its way from the decoder to the detector.
struct DecodedFrame: Sendable {
  var frame: VideoFrame
  /// Seconds since 1970 when it was taken, as far as that is known; `nil` for files.
  var wallSeconds: Double?
  /// How often a live input had been connected anew.
  var epoch = 0
  /// Whether the frame could not be searched for faces.
  var isUnsearched = false
  /// Whether the frame was not to be searched.
  var isPredicted = false
  var times = FrameTimes()
}

/// Reads the input: video packets are decoded and made upright, all others go to the output as they
/// are. Runs on its own thread until the input ends, is interrupted, or nobody takes frames any more.
final class InputStage: Sendable {
  let outputs: OutputGroup?
  let interruption: Interruption
  let state: RunState
  let live: Configuration.Live
  private let input: InputConnector.Connection
  private let connector: InputConnector
  private let frames: RingBuffer<DecodedFrame>

  /// After so many errors without a frame in between, a decoder has none for what it got.
  private static let toleratedFailures = 100

  /// An input whose last packet ends this much before the container's end was cut off, in seconds.
  private static let toleratedShortage = 1.0

  /// - Parameters:
  ///   - input: Opened by `connector`, which connects it anew if it is live and breaks off.
  init(
    _ input: InputConnector.Connection, connector: InputConnector, live: Configuration.Live,
    outputs: OutputGroup?, frames: RingBuffer<DecodedFrame>, interruption: Interruption,
    state: RunState
  ) {
    self.input = input
    self.connector = connector
    self.live = live
    self.outputs = outputs
    self.frames = frames
    self.interruption = interruption
    self.state = state
  }

  func run() {
    var reader = Reader(input, connector: connector)
    state.update { $0.connection = .live }
    do throws(PipelineError) {
      if input.demuxer.isLive { try readLive(&reader) } else { try readFile(&reader) }
    } catch {
      state.fail(error)
    }
    reader.countRepairs()
    state.update {
      $0.repairedTimestamps = reader.repairedTimestamps
      $0.clockJumps = reader.clockJumps
      $0.connection = .ended
    }
    frames.close()
  }

  /// What changes while reading; it lives on the stage's thread.
  struct Reader {
    var input: InputConnector.Connection
    var connector: InputConnector
    let normalizer: FrameNormalizer
    var lastEndSeconds: Double?
    var saidRescaled = false
    var saidLostAlpha = false
    var repairedTimestamps = 0
    var clockJumps = 0
    /// Set for live inputs.
    var live: LiveReading?

    init(_ input: InputConnector.Connection, connector: InputConnector) {
      self.input = input
      self.connector = connector
      let demuxer = input.demuxer
      normalizer = FrameNormalizer(
        orientation: demuxer.videoStream.video?.orientation ?? .upright,
        isOfPictures: demuxer.holdsPictures)
    }

    /// Adds up what decoder and demuxer repaired, once for each connection.
    mutating func countRepairs() {
      repairedTimestamps += input.decoder.repairedTimestampCount
      clockJumps += input.demuxer.clockJumpCount
      if let live {
        repairedTimestamps += live.place.repairedCount
        clockJumps += live.timeline.jumpCount
      }
    }
  }

  /// How reading came to its end.
  enum End {
    /// The run is interrupted, or nobody takes frames any more.
    case stopped
    /// The input, or the other side of a connection, ended the stream.
    case ended
    case failed(MediaError)
  }

  private func readFile(_ reader: inout Reader) throws(PipelineError) {
    let end = try readPackets(&reader)
    if case .failed(let error) = end { throw .media(error) }
    guard try decode(nil, &reader) else { return }
    if case .ended = end { checkEnd(reader) }
  }

  /// Reads a file, or one connection, to its end: the video is decoded, all else goes to the output.
  ///
  /// - Throws: `tooManyErrors`, `media` for what fails behind the demuxer.
  func readPackets(_ reader: inout Reader) throws(PipelineError) -> End {
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
      guard reader.live?.isNew(packet, of: demuxer) ?? true else { continue }
      if packet.isDamaged { try noteDamage("the container marks a packet as damaged") }
      // FLV and MPEG-TS may announce further streams later; the output cannot take them any more.
      guard demuxer.streams.indices.contains(packet.streamIndex) else { continue }
      let stream = demuxer.streams[packet.streamIndex]
      if let end = demuxer.endSeconds(of: packet) {
        reader.lastEndSeconds = max(reader.lastEndSeconds ?? end, end)
      }
      let isPicture = stream.index == demuxer.videoStream.index
      if isPicture, reader.live?.canDecode(packet, of: stream) == false { continue }
      reader.live?.shift(packet, of: stream)
      if isPicture {
        let delay = reader.live?.delay(of: packet, of: stream) ?? 0
        if delay > 0 {
          guard interruption.wait(seconds: delay) else { return .stopped }
          packet.delayCapture(bySeconds: delay)
        }
        guard try decode(packet, &reader) else { return .stopped }
        // What follows in a picture's file is no other picture to be shown, but a depth or gain map.
        if demuxer.isStillPicture { return .ended }
      } else if reader.live?.move(packet, of: stream) ?? true {
        do throws(MediaError) { try outputs?.copy(packet) } catch { throw .media(error) }
      }
    }
    return .stopped
  }

  /// Counts a part of the input that was lost or broken.
  ///
  /// - Throws: `tooManyErrors`.
  func noteDamage(_ reason: String) throws(PipelineError) {
    state.noteDamage(reason)
    guard let limit = live.maximumErrors, state.snapshot.damageCount > limit else { return }
    throw .tooManyErrors(path: input.demuxer.path, limit: limit, last: reason)
  }

  /// - Returns: `false` when nobody takes frames any more.
  func decode(_ packet: Packet?, _ reader: inout Reader) throws(PipelineError) -> Bool {
    let decoder = reader.input.decoder
    do throws(MediaError) {
      try decoder.send(packet)
    } catch .damaged(let reason) {
      try noteDamage(reason)
    } catch {
      throw .media(error)
    }
    var failuresInARow = 0
    while true {
      let frame: VideoFrame?
      do throws(MediaError) {
        frame = try decoder.nextFrame()
        failuresInARow = 0
      } catch .damaged(let reason) {
        try noteDamage(reason)
        failuresInARow += 1
        // A decoder that only complains gets the next packet.
        if failuresInARow > Self.toleratedFailures { return true }
        continue
      } catch {
        try leaveOut(error)
        continue
      }
      guard let frame else { return true }
      guard try pass(on: frame, &reader) else { return false }
    }
  }

  /// Counts a frame that nothing can be done with as damage, where others came before it and follow it: of a
  /// camera, one frame is not worth the run.
  ///
  /// - Throws: `media` for all others, `tooManyErrors`.
  private func leaveOut(_ error: MediaError) throws(PipelineError) {
    guard input.demuxer.isLive, state.snapshot.decodedFrames > 0 else { throw .media(error) }
    switch error {
    case .pictureTooLarge, .unsupportedPicture: try noteDamage(error.description)
    default: throw .media(error)
    }
  }

  private func pass(on decoded: VideoFrame, _ reader: inout Reader) throws(PipelineError) -> Bool {
    reader.live?.place(decoded)
    let output: FrameNormalizer.Output
    do throws(MediaError) {
      output = try reader.normalizer.normalize(decoded)
    } catch {
      try leaveOut(error)
      return true
    }
    if decoded.isDamaged { try noteDamage("the decoder had to conceal errors in a frame") }
    if output.wasRescaled, !reader.saidRescaled {
      reader.saidRescaled = true
      state.addWarning(
        "the picture changes to \(decoded.width)×\(decoded.height) at frame \(decoded.index); it "
          + "is scaled to the first frame's size")
    }
    if output.lostAlpha, !reader.saidLostAlpha {
      reader.saidLostAlpha = true
      state.addWarning("the picture's transparency is left out")
    }
    state.update {
      $0.decodedFrames += 1
      if decoded.isDamaged { $0.damagedFrames += 1 }
    }
    return frames.push(
      DecodedFrame(
        frame: output.frame, wallSeconds: decoded.capture?.wallSeconds,
        epoch: reader.live?.epoch ?? 0, times: FrameTimes(decoded.capture)))
  }

  /// Says when the input ended before the end its container promised.
  private func checkEnd(_ reader: Reader) {
    guard let promised = reader.input.demuxer.promisedEndSeconds,
      let reached = reader.lastEndSeconds, promised - reached > Self.toleratedShortage
    else { return }
    let format: (Double) -> String = { String(format: "%.1f", $0) }
    state.noteDamage(
      "the input ends at \(format(reached)) s, but its header says \(format(promised)) s: it was "
        + "cut off")
  }
}
