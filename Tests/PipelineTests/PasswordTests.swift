import Testing

@testable import Pipeline

@Suite("Passwords in records")
struct PasswordTests {
  @Test(
    "a URL's password is replaced, everything else stays",
    arguments: [
      ("rtsp://me:secret@camera/stream", "rtsp://me:***@camera/stream"),
      ("rtsp://me:secret@camera:554/s?a=b@c:d", "rtsp://me:***@camera:554/s?a=b@c:d"),
      ("rtsp://me:p@ss:w@rd@camera/stream", "rtsp://me:***@camera/stream"),
      ("http://me:@host", "http://me:***@host"),
      ("http://:secret@host", "http://:***@host"),
      ("rtsp://me@camera/stream", "rtsp://me@camera/stream"),
      ("rtsp://camera:554/stream", "rtsp://camera:554/stream"),
      ("http://host/a:b@c", "http://host/a:b@c"),
      ("talk:me@home.mp4", "talk:me@home.mp4"),
      ("-", "-"), ("", ""),
    ])
  func masked(url: String, shown: String) {
    #expect(withoutPassword(url) == shown)
  }
}
