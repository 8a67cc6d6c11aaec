import Foundation
import Imaging
import Media

/// A frame on its way from the decoder to the detector.
struct DecodedFrame: Sendable {
  var frame: VideoFrame
  /// Seconds since 1970 when it was decoded, `nil` for files.
  var wallSeconds: Double?
  /// Whether the frame could not be searched for faces.
  var isUnsearched = false
}

/// Reads the input: video packets are decoded and made upright, all others go to the output as they
/// are. Runs on its own thread until the input ends, is interrupted, or nobody takes frames any more.
final class InputStage: Sendable {
  private let demuxer: Demuxer
  private let decoder: Decoder
  private let muxer: Muxer?
  private let frames: RingBuffer<DecodedFrame>
  private let interruption: Interruption
  private let state: RunState
  private let isLive: Bool

  /// An input whose last packet ends this much before the container's end was cut off, in seconds.
  private static let toleratedShortage = 1.0

  init(
    demuxer: Demuxer, decoder: Decoder, muxer: Muxer?, frames: RingBuffer<DecodedFrame>,
    interruption: Interruption, state: RunState, isLive: Bool
  ) {
    self.demuxer = demuxer
    self.decoder = decoder
    self.muxer = muxer
    self.frames = frames
    self.interruption = interruption
    self.state = state
    self.isLive = isLive
  }

  func run() {
    var reader = Reader(
      normalizer: FrameNormalizer(
        orientation: orientation, isOfPictures: demuxer.holdsPictures))
    do throws(PipelineError) {
      try read(&reader)
    } catch {
      state.fail(error)
    }
    let repaired = decoder.repairedTimestampCount
    let jumps = demuxer.clockJumpCount
    state.update {
      $0.repairedTimestamps = repaired
      $0.clockJumps = jumps
    }
    frames.close()
  }

  /// What changes while reading; it lives on the stage's thread.
  private struct Reader {
    let normalizer: FrameNormalizer
    var lastEndSeconds: Double?
    var saidRescaled = false
    var saidLostAlpha = false
  }

  private var orientation: Orientation {
    demuxer.videoStream.video?.orientation ?? .upright
  }

  private func read(_ reader: inout Reader) throws(PipelineError) {
    let videoIndex = demuxer.videoStream.index
    while !interruption.isRaised {
      let packet: Packet?
      do throws(MediaError) {
        packet = try demuxer.nextPacket()
      } catch .damaged(let reason) {
        state.noteDamage(reason)
        continue
      } catch {
        throw .media(error)
      }
      guard let packet else { break }
      if packet.isDamaged { state.noteDamage("the container marks a packet as damaged") }
      if let end = demuxer.endSeconds(of: packet) {
        reader.lastEndSeconds = max(reader.lastEndSeconds ?? end, end)
      }
      if packet.streamIndex == videoIndex {
        guard try decode(packet, &reader) else { return }
        // What follows in a picture's file is no other picture to be shown, but a depth or gain map.
        if demuxer.isStillPicture { break }
      } else {
        do throws(MediaError) { try muxer?.copy(packet) } catch { throw .media(error) }
      }
    }
    guard try decode(nil, &reader) else { return }
    if !interruption.isRaised { checkEnd(reader) }
  }

  /// - Returns: `false` when nobody takes frames any more.
  private func decode(_ packet: Packet?, _ reader: inout Reader) throws(PipelineError) -> Bool {
    do throws(MediaError) {
      try decoder.send(packet)
    } catch .damaged(let reason) {
      state.noteDamage(reason)
    } catch {
      throw .media(error)
    }
    while true {
      let frame: VideoFrame?
      do throws(MediaError) {
        frame = try decoder.nextFrame()
      } catch .damaged(let reason) {
        state.noteDamage(reason)
        continue
      } catch {
        throw .media(error)
      }
      guard let frame else { return true }
      guard try pass(on: frame, &reader) else { return false }
    }
  }

  private func pass(on decoded: VideoFrame, _ reader: inout Reader) throws(PipelineError) -> Bool {
    let output: FrameNormalizer.Output
    do throws(MediaError) {
      output = try reader.normalizer.normalize(decoded)
    } catch {
      throw .media(error)
    }
    if decoded.isDamaged { state.noteDamage("the decoder had to conceal errors in a frame") }
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
    let wall = isLive ? Date().timeIntervalSince1970 : nil
    return frames.push(DecodedFrame(frame: output.frame, wallSeconds: wall))
  }

  /// Says when the input ended before the end its container promised.
  private func checkEnd(_ reader: Reader) {
    guard let promised = demuxer.promisedEndSeconds, let reached = reader.lastEndSeconds,
      promised - reached > Self.toleratedShortage
    else { return }
    let format: (Double) -> String = { String(format: "%.1f", $0) }
    state.noteDamage(
      "the input ends at \(format(reached)) s, but its header says \(format(promised)) s: it was "
        + "cut off")
  }
}
