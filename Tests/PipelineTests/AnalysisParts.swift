import Media
import Synchronization

@testable import Pipeline

/// Keeps the records it is given.
final class KeptRecords: RecordSink {
  private let kept = Mutex<[FrameRecord]>([])

  var all: [FrameRecord] { kept.withLock { $0 } }

  func begin(_ header: RecordHeader) throws(PipelineError) {}
  func write(_ record: FrameRecord) throws(PipelineError) { kept.withLock { $0.append(record) } }
  func flush() throws(PipelineError) {}
}

/// All frames of a clip.
func decodedFrames(of clip: String) throws -> [VideoFrame] {
  let demuxer = try Demuxer(path: clip, options: InputOptions(), interruption: Interruption())
  let decoder = try Decoder(for: demuxer, options: InputOptions())
  var frames: [VideoFrame] = []
  while let packet = try demuxer.nextPacket() {
    try decoder.send(packet)
    while let frame = try decoder.nextFrame() { frames.append(frame) }
  }
  try decoder.send(nil)
  while let frame = try decoder.nextFrame() { frames.append(frame) }
  return frames
}
