import Imaging
import TestSupport

@testable import Media

/// Everything an input holds of its video.
struct DecodedVideo {
  var frames: [VideoFrame] = []
  /// What the demuxer and the decoder said of parts they could not read.
  var damage: [String] = []
  var orientation = Orientation.upright
}

/// Opens an input for a test.
func openInput(_ path: String, threads: Int = 1) throws -> Demuxer {
  try Demuxer(path: path, options: InputOptions(threads: threads), interruption: Interruption())
}

/// Decodes an input's video to its end, going on after damage as the pipeline does.
func decodeVideo(_ path: String, threads: Int = 1) throws -> DecodedVideo {
  let demuxer = try openInput(path, threads: threads)
  let decoder = try Decoder(for: demuxer, options: InputOptions(threads: threads))
  var video = DecodedVideo(orientation: demuxer.videoStream.video?.orientation ?? .upright)
  while true {
    switch try orDamage({ () throws(MediaError) in try demuxer.nextPacket() }) {
    case .failure(let reason):
      video.damage.append(reason.text)
    case .success(let packet?):
      if packet.streamIndex == demuxer.videoStream.index { try video.add(packet, from: decoder) }
    case .success(nil):
      try video.add(nil, from: decoder)
      return video
    }
  }
}

extension DecodedVideo {
  /// Adds what one packet yields; `nil` drains the decoder.
  fileprivate mutating func add(_ packet: Packet?, from decoder: Decoder) throws {
    if case .failure(let reason) = try orDamage({ () throws(MediaError) in
      try decoder.send(packet)
    }) {
      damage.append(reason.text)
    }
    while true {
      switch try orDamage({ () throws(MediaError) in try decoder.nextFrame() }) {
      case .failure(let reason): damage.append(reason.text)
      case .success(let frame?): frames.append(frame)
      case .success(nil): return
      }
    }
  }
}

private struct Damage: Error {
  var text: String
}

/// The result of a step of reading, or why its part of the input is damaged; other errors are thrown.
private func orDamage<Value>(
  _ body: () throws(MediaError) -> Value
) throws -> Result<Value, Damage> {
  do throws(MediaError) {
    return .success(try body())
  } catch {
    guard case .damaged(let reason) = error else { throw error }
    return .failure(Damage(text: reason))
  }
}

/// The first frame of a filter graph: pictures of any kind without a file.
func firstFrame(ofGraph graph: String) throws -> VideoFrame {
  guard let frame = try decodeVideo("lavfi:\(graph),trim=end_frame=1").frames.first else {
    throw NoFrame()
  }
  return frame
}

/// A filter graph for pictures of one size and format, odd sizes too, which sources round.
func plainGraph(_ format: String, _ width: Int, _ height: Int) -> String {
  "color=black:size=\(width + 4)x\(height + 4),format=\(format),"
    + "crop=\(width):\(height):0:0:exact=1"
}

struct NoFrame: Error {}

/// One sample of a planar frame.
func sample(_ frame: VideoFrame, plane number: Int, x: Int, y: Int) -> Int {
  unsafe frame.withPlanarImage { image in
    let planes = unsafe [image.luma, image.chromaBlue, image.chromaRed]
    guard let plane = unsafe planes[number] else { preconditionFailure("no such plane") }
    let row = unsafe plane.base + y * plane.bytesPerRow
    return unsafe image.format.bytesPerSample == 1
      ? Int(row.load(fromByteOffset: x, as: UInt8.self))
      : Int(row.load(fromByteOffset: 2 * x, as: UInt16.self))
  }
}
