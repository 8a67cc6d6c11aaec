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
      ("rtsp://m%40e:s%3Acret%2F@camera/stream", "rtsp://m%40e:***@camera/stream"),
      ("rtsp://me:pass/word@camera/stream", "rtsp://me:***@camera/stream"),
      ("rtsp://me:p#ss?w@camera:554/stream", "rtsp://me:***@camera:554/stream"),
      ("rtsp://[::1]:554/a@b", "rtsp://[::1]:554/a@b"),
      (
        "http://camera/video?user=me&password=secret&size=2",
        "http://camera/video?user=me&password=***&size=2"
      ),
      ("http://camera/v.m3u8?Access_Token=a.b-c", "http://camera/v.m3u8?Access_Token=***"),
      (
        "srt://host:9000?passphrase=secret&mode=caller",
        "srt://host:9000?passphrase=***&mode=caller"
      ),
      ("http://me:secret@camera/?pwd=secret", "http://me:***@camera/?pwd=***"),
      ("http://camera/?token=&a=b;key=secret#x", "http://camera/?token=***&a=b;key=***#x"),
      ("http://camera/?path=password", "http://camera/?path=password"),
      (
        "https://host/x?X-Amz-Signature=a&wowzatokenhash=b",
        "https://host/x?X-Amz-Signature=***&wowzatokenhash=***"
      ),
      ("rtmp://host/app/key", "rtmp://host/app/***"),
      ("rtmps://me:secret@host/app/instance/key?x=1", "rtmps://me:***@host/app/instance/***?x=1"),
      ("rtmp://host/app", "rtmp://host/app"), ("rtmp://host/app/", "rtmp://host/app/"),
      ("-", "-"), ("", ""),
    ])
  func masked(url: String, shown: String) {
    #expect(withoutPassword(url) == shown)
  }

  @Test("a sentence keeps everything but the passwords of its URLs")
  func sentence() {
    #expect(
      withoutPasswords(
        "cannot open 'rtsp://a:b c'd@host/x': http://e:f@g/?token=h failed, tcp://i:1 too",
        of: ["rtsp://a:b c'd@host/x"])
        == "cannot open 'rtsp://a:***@host/x': http://e:***@g/?token=*** failed, tcp://i:1 too")
    #expect(withoutPasswords("no URL: at all @ 3") == "no URL: at all @ 3")
  }
}
