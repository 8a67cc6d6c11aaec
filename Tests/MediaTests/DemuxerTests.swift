import Foundation
import Imaging
import TestSupport
import Testing

@testable import Media

@Suite("Demuxer")
struct DemuxerTests {
  private static let color = ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25:duration=0.4"]
  private static let tone = ["-f", "lavfi", "-i", "sine=duration=0.4"]

  /// What opening an input fails with.
  private func failure(_ path: String, maximumPixels: Int = 8192 * 8192) -> MediaError? {
    do throws(MediaError) {
      _ = try Demuxer(
        path: path, options: InputOptions(maximumPixels: maximumPixels),
        interruption: Interruption())
      return nil
    } catch {
      return error
    }
  }

  @Test("a file that is not there is named")
  func noSuchFile() throws {
    let path = try TemporaryFolder().path("missing.mp4")
    #expect(failure(path) == .cannotOpen(path: path, reason: "No such file or directory"))
    #expect(
      failure(path)?.description == "cannot open '\(path)': No such file or directory")
  }

  @Test("a file that is not there and has a colon in its name is named")
  func noSuchFileWithColon() {
    #expect(
      failure("no:such.mp4")
        == .cannotOpen(path: "no:such.mp4", reason: "No such file or directory"))
  }

  @Test("a directory is no input")
  func directory() throws {
    let folder = try TemporaryFolder()
    #expect(
      failure(folder.url.path)
        == .cannotOpen(path: folder.url.path, reason: "it is a directory"))
  }

  @Test("an empty file is no input")
  func emptyFile() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("empty.mp4")
    try Data().write(to: URL(filePath: path))
    #expect(failure(path) == .cannotOpen(path: path, reason: "the file is empty"))
  }

  @Test("text is no video")
  func textFile() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("notes.txt")
    try Data(String(repeating: "Just some words.\n", count: 200).utf8).write(
      to: URL(filePath: path))
    #expect(failure(path) == .notVideo(path: path, reason: "is a text file, not a video"))
    #expect(failure(path)?.description == "'\(path)' is a text file, not a video")
  }

  @Test("text that calls itself a video is no video")
  func textNamedVideo() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("notes.mp4")
    try Data(String(repeating: "Just some words.\n", count: 200).utf8).write(
      to: URL(filePath: path))
    #expect(
      failure(path)
        == .cannotOpen(
          path: path, reason: "Invalid data found when processing input (moov atom not found)"))
  }

  @Test("sound alone is no video")
  func audioOnly() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("tone.m4a")
    try Clips.make(path, Self.tone + ["-c:a", "aac"])
    #expect(failure(path) == .notVideo(path: path, reason: "has no video stream"))
  }

  @Test("a music file's cover is no video")
  func coverArt() throws {
    let folder = try TemporaryFolder()
    let (cover, path) = (folder.path("cover.png"), folder.path("song.mp3"))
    try Clips.make(cover, ["-f", "lavfi", "-i", "color=red:size=32x32", "-frames:v", "1"])
    try Clips.make(
      path,
      Self.tone + ["-i", cover, "-map", "0", "-map", "1", "-c:v", "copy", "-id3v2_version", "3"])
    #expect(failure(path) == .notVideo(path: path, reason: "has no video stream"))
  }

  @Test("the cover of a film is not taken for its video")
  func coverArtBesideVideo() throws {
    let folder = try TemporaryFolder()
    let (cover, path) = (folder.path("cover.png"), folder.path("film.mp4"))
    try Clips.make(cover, ["-f", "lavfi", "-i", "color=red:size=320x320", "-frames:v", "1"])
    try Clips.make(
      path,
      ["-i", cover] + Self.color + [
        "-map", "0", "-map", "1", "-c:v:0", "copy", "-c:v:1", "mpeg4", "-disposition:v:0",
        "attached_pic",
      ])
    let demuxer = try openInput(path)
    #expect(demuxer.videoStream.codec == "mpeg4")
    #expect(demuxer.streams.filter(\.isCoverArt).map(\.codec) == ["png"])
  }

  @Test("pictures above the limit are refused before they are decoded")
  func tooLarge() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("clip.mp4")
    try Clips.make(path, Self.color + ["-c:v", "mpeg4"])
    #expect(
      failure(path, maximumPixels: 64 * 48 - 1)
        == .pictureTooLarge(path: path, width: 64, height: 48, limit: 64 * 48 - 1))
    #expect(
      failure(path, maximumPixels: 64 * 48 - 1)?.description
        == "'\(path)' has pictures of 64×48, more than the limit of 3071 pixels (raise it with "
        + "--max-pixels)")
    #expect(failure(path, maximumPixels: 64 * 48) == nil)
  }

  @Test(
    "awkward names are names",
    arguments: [
      "a:b.mp4", "12:30.mp4", "lavfi.mp4", "per%cent%04d.mp4", "-dash.mp4", "quo'te \"é.mp4",
      "http:x.mp4",
    ])
  func awkwardNames(name: String) throws {
    let folder = try TemporaryFolder()
    let plain = folder.path("plain.mp4")
    try Clips.make(plain, Self.color + ["-c:v", "mpeg4"])
    let path = folder.path(name)
    try FileManager.default.moveItem(atPath: plain, toPath: path)
    #expect(try openInput(path).videoStream.video?.codedWidth == 64)
  }

  @Test("a filter graph is an input")
  func filterGraph() throws {
    let demuxer = try openInput("lavfi:testsrc2=size=40x30:rate=30000/1001:duration=0.2")
    let video = try #require(demuxer.videoStream.video)
    #expect((video.codedWidth, video.codedHeight) == (40, 30))
    #expect(video.averageFrameRate == Rational(30000, 1001))
    #expect(try decodeVideo("lavfi:testsrc2=size=40x30:rate=25:duration=0.2").frames.count == 5)
  }

  @Test("what is wrong with a filter graph is said")
  func wrongFilterGraph() {
    #expect(
      failure("lavfi:nosuchfilter")
        == .cannotOpen(
          path: "lavfi:nosuchfilter", reason: "Invalid argument (No such filter: 'nosuchfilter')"))
  }

  @Test("an MP4 without its header is no input")
  func truncatedHeader() throws {
    let folder = try TemporaryFolder()
    let (whole, path) = (folder.path("whole.mp4"), folder.path("cut.mp4"))
    try Clips.make(whole, Self.color + ["-c:v", "mpeg4"])
    let bytes = try Data(contentsOf: URL(filePath: whole))
    try bytes.prefix(bytes.count / 2).write(to: URL(filePath: path))
    #expect(
      failure(path)
        == .cannotOpen(
          path: path, reason: "Invalid data found when processing input (moov atom not found)"))
  }

  @Test("an unknown input format is named")
  func unknownFormat() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("clip.mp4")
    try Clips.make(path, Self.color + ["-c:v", "mpeg4"])
    #expect(
      throws: MediaError.unsupportedInput(
        path: path, reason: "the installed FFmpeg has no input format 'nonsense'")
    ) {
      try Demuxer(
        path: path, options: InputOptions(format: "nonsense"), interruption: Interruption())
    }
  }

  @Test("an unknown protocol is told before the name of a host is looked up")
  func unknownProtocol() {
    // FFmpeg has "mmsh" and "mmst".
    let path = "mms://camera.invalid/test"
    #expect(failure(path) == .unsupportedInput(path: path, reason: "Protocol not found"))
    #expect(failure(path)?.description == "cannot open '\(path)': Protocol not found")
  }

  @Test("no part of a password is looked up as a host")
  func unescapedPassword() {
    let path = "rtsp://admin:P@ssw0rd#1@192.0.2.10/stream"
    guard case .unsupportedInput(path, let reason) = failure(path) else {
      Issue.record("\(String(describing: failure(path)))")
      return
    }
    #expect(reason.hasPrefix("the user name or password seems to hold '/', '?' or '#'"))
  }

  @Test("reasons are those of the input at fault, however many are opened at once")
  func reasonsOfManyThreads() async throws {
    let folder = try TemporaryFolder()
    let (whole, cut) = (folder.path("whole.mp4"), folder.path("cut.mp4"))
    try Clips.make(whole, Self.color + ["-c:v", "mpeg4"])
    let bytes = try Data(contentsOf: URL(filePath: whole))
    try bytes.prefix(bytes.count / 2).write(to: URL(filePath: cut))
    let inputs = [
      (cut, "Invalid data found when processing input (moov atom not found)"),
      ("lavfi:nosuch", "Invalid argument (No such filter: 'nosuch')"),
    ]
    await withTaskGroup(of: Void.self) { group in
      for (path, reason) in inputs {
        group.addTask {
          for _ in 0..<200 {
            let failure = failure(path)
            guard failure == .cannotOpen(path: path, reason: reason) else {
              Issue.record("\(String(describing: failure))")
              return
            }
          }
        }
      }
    }
  }

  @Test("a raised interruption ends the input")
  func interrupted() throws {
    let interruption = Interruption()
    let demuxer = try Demuxer(
      path: "lavfi:testsrc2=size=32x32", options: InputOptions(), interruption: interruption)
    #expect(try demuxer.nextPacket() != nil)
    interruption.raise()
    while try demuxer.nextPacket() != nil {}
  }

  @Test("streams are described as the container says")
  func descriptions() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("clip.mp4")
    try Clips.make(
      path,
      Self.color + Self.tone + [
        "-vf", "setsar=16/11", "-c:v", "libx264", "-c:a", "aac", "-ar", "44100", "-ac", "2",
        "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range",
        "tv", "-metadata:s:a:0", "language=deu", "-metadata", "title=A title",
      ])
    let demuxer = try openInput(path)
    #expect(demuxer.streams.map(\.kind) == [.video, .audio])
    let video = try #require(demuxer.videoStream.video)
    #expect(demuxer.videoStream.codec == "h264")
    #expect(video.sampleAspectRatio == Rational(16, 11))
    #expect(video.averageFrameRate == Rational(25, 1))
    #expect(video.pixelFormat == "yuv420p")
    #expect(video.colorMatrix == "bt709")
    #expect(video.colorRange == "tv")
    #expect(video.frameCount == 10)
    #expect(demuxer.streams[1].audio == AudioProperties(sampleRate: 44100, channels: 2))
    #expect(demuxer.streams[1].language == "deu")
    #expect(demuxer.metadata.contains { $0.key == "title" && $0.value == "A title" })
    #expect(demuxer.formatName == "mov,mp4,m4a,3gp,3g2,mj2")
    #expect(demuxer.durationSeconds == 0.4)
  }
}
