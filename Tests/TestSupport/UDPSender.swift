/// A live input: ffmpeg sends a picture that moves as MPEG transport stream over UDP, at its pace, to a port of its own.
package final class UDPSender: Sendable {
  package let url: String
  private let program: BackgroundProgram

  /// - Parameters:
  ///   - input: Options of ffmpeg that make picture and sound.
  ///   - encoding: Options of ffmpeg for the streams and the container.
  ///   - speed: Seconds of the stream in a second.
  package init(_ input: [String], encoding: [String], speed: Int = 1) throws {
    url = "udp://127.0.0.1:\(try freePort(.udp))"
    program = try BackgroundProgram(
      "ffmpeg",
      ["-v", "error", "-nostdin", "-readrate", "\(speed)"] + input + encoding
        + ["-f", "mpegts", url + "?pkt_size=1316"])
  }

  /// Sends a test card of 160×120 at 15 frames a second in H.264.
  ///
  /// - Parameters:
  ///   - speed: Seconds of the stream in a second.
  ///   - noise: Whether every picture is hard to compress.
  package convenience init(speed: Int = 1, audio: Bool = false, noise: Bool = false) throws {
    let card = "testsrc2=size=160x120:rate=15" + (noise ? ",noise=alls=60:allf=t" : "")
    try self.init(
      ["-f", "lavfi", "-i", card]
        + (audio ? ["-readrate", "\(speed)", "-f", "lavfi", "-i", "sine"] : []),
      encoding: [
        "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "8", "-pix_fmt",
        "yuv420p", "-threads", "1", "-c:a", "aac",
      ], speed: speed)
  }

  /// Keeps it from sending, or lets it go on.
  package func freeze(_ isFrozen: Bool) { program.freeze(isFrozen) }

  package func end() { program.end() }
}
