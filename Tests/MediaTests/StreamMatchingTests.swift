import Imaging
import Testing

@testable import Media

@Suite("Streams of a connection that goes on")
struct StreamMatchingTests {
  private func stream(
    _ index: Int, _ kind: StreamDescription.Kind, _ codec: String, rate: Int? = nil
  ) -> StreamDescription {
    StreamDescription(
      index: index, kind: kind, codec: codec, timeBase: Rational(1, 90000), isDefault: false,
      isCoverArt: false, audio: rate.map { AudioProperties(sampleRate: $0, channels: 1) })
  }

  @Test("the same streams go on as they were")
  func same() {
    let streams = [
      stream(0, .video, "h264"), stream(1, .audio, "aac", rate: 48000),
      stream(2, .audio, "aac", rate: 48000), stream(3, .data, "bin_data"),
    ]
    let matching = StreamMatching(first: streams, firstVideo: 0, new: streams, newVideo: 0)
    #expect(matching.targets == [0: 0, 1: 1, 2: 2, 3: 3])
    #expect(matching.leftOut.isEmpty)
  }

  @Test("streams are found in another order, and the video whatever its codec")
  func reordered() {
    let first = [stream(0, .video, "h264"), stream(1, .audio, "aac", rate: 48000)]
    let new = [stream(0, .audio, "aac", rate: 48000), stream(1, .video, "hevc")]
    let matching = StreamMatching(first: first, firstVideo: 0, new: new, newVideo: 1)
    #expect(matching.targets == [0: 1, 1: 0])
    #expect(matching.leftOut.isEmpty)
  }

  @Test("what does not fit is left out, other videos without a word")
  func leftOut() {
    let first = [stream(0, .video, "h264"), stream(1, .audio, "aac", rate: 48000)]
    let new = [
      stream(0, .video, "h264"), stream(1, .audio, "opus", rate: 48000),
      stream(2, .audio, "aac", rate: 16000), stream(3, .video, "h264"), stream(4, .data, "klv"),
    ]
    let matching = StreamMatching(first: first, firstVideo: 0, new: new, newVideo: 0)
    #expect(matching.targets == [0: 0])
    #expect(matching.leftOut.map(\.index) == [1, 2, 4])
  }
}
