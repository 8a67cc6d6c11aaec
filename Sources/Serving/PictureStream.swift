import HTTPTypes
import Hummingbird
import NIOCore
import Pipeline

/// The pictures of a camera for one client.
struct PictureStream: Sendable {
  private let pictures: Subscription<CameraPicture>
  private let client: StreamClient

  /// Between two parts of a stream.
  private static let boundary = "facestream-picture"
  /// After so long without a new picture the last one is sent again, which keeps proxies from closing the
  /// connection.
  private static let pulse = TimeAmount.seconds(5)
  /// How long a single picture is waited for.
  private static let patience = TimeAmount.seconds(3)

  init(_ pictures: Subscription<CameraPicture>, for client: StreamClient) {
    self.pictures = pictures
    self.client = client
  }

  /// Motion JPEG as browsers show it: a `multipart/x-mixed-replace` (RFC 2046, section 5.1) without end.
  var response: Response {
    let pictures = pictures
    let body = client.body(following: pictures, pulse: Self.pulse) { writer in
      try await writer.write(ByteBuffer(string: "--\(Self.boundary)\r\n"))
      var last: CameraPicture?
      for await element in pictures.elements {
        last = element ?? last
        if let last { try await writer.write(Self.part(last)) }
      }
      // Whoever was told to stop does not wait for the client.
      try Task.checkCancellation()
    }
    return Response(
      status: .ok,
      headers: [.contentType: "multipart/x-mixed-replace; boundary=\(Self.boundary)"], body: body)
  }

  /// The boundary stands behind its part: browsers show a picture once they have seen its end.
  private static func part(_ picture: CameraPicture) -> ByteBuffer {
    var buffer = ByteBuffer()
    buffer.reserveCapacity(picture.bytes.count + 128)
    buffer.writeString(
      "Content-Type: image/jpeg\r\nContent-Length: \(picture.bytes.count)\r\n\r\n")
    buffer.writeBytes(picture.bytes)
    buffer.writeString("\r\n--\(boundary)\r\n")
    return buffer
  }

  /// The next picture.
  ///
  /// - Throws: `Refusal` when none comes.
  func first(of camera: String) async throws(Refusal) -> Response {
    let pictures = pictures
    let deadline = client.loop.scheduleTask(in: Self.patience) { pictures.pulse() }
    defer { deadline.cancel() }
    for await element in pictures.elements {
      guard let picture = element else { break }
      return Response(
        status: .ok, headers: [.contentType: "image/jpeg"],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: picture.bytes)))
    }
    throw Refusal(
      status: .serviceUnavailable, sentence: "camera '\(camera)' shows no picture at the moment",
      headers: [.retryAfter: "1"])
  }
}
