internal import CFFmpeg
import Testing

@testable import Media

@Suite("When the first packets came")
struct FirstArrivalsTests {
  @Test("a stream that FFmpeg has marked is seen when it asks whether to go on")
  func seen() throws {
    let context = unsafe avformat_alloc_context()
    defer { unsafe avformat_free_context(context) }
    let input = unsafe try #require(context)
    let sound = unsafe try #require(avformat_new_stream(input, nil))
    let video = unsafe try #require(avformat_new_stream(input, nil))
    unsafe sound.pointee.codecpar.pointee.codec_type = AVMEDIA_TYPE_AUDIO
    unsafe video.pointee.codecpar.pointee.codec_type = AVMEDIA_TYPE_VIDEO
    let watch = IOWatch(interruption: Interruption())
    let arrivals = FirstArrivals()
    func ask() { _ = unsafe watch.callback.callback(watch.callback.opaque) }

    let began = ContinuousClock.now
    unsafe arrivals.note(in: input, watch) {
      ask()
      #expect(arrivals.packet == nil)
      unsafe sound.pointee.event_flags |= AVSTREAM_EVENT_FLAG_NEW_PACKETS
      ask()
      #expect(arrivals.packet != nil && arrivals.picture == nil)
      // Seen at the end, if not before.
      unsafe video.pointee.event_flags |= AVSTREAM_EVENT_FLAG_NEW_PACKETS
    }
    let (packet, picture) = try (#require(arrivals.packet), #require(arrivals.picture))
    #expect(began < packet && packet < picture)
    ask()
    #expect(arrivals.packet == packet && arrivals.picture == picture)
  }
}
