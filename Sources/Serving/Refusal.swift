import HTTPTypes
import Hummingbird

/// A request that is answered with a sentence instead of what it asked for.
struct Refusal: Error {
  var status: HTTPResponse.Status
  /// Without a full stop at the end.
  var sentence: String
  var headers: HTTPFields = [:]

  var response: Response {
    var response = Response.text(sentence + "\n", type: "text/plain; charset=utf-8")
    response.status = status
    response.headers.append(contentsOf: headers)
    return response
  }
}

extension Response {
  /// A text with its type.
  static func text(_ text: String, type: String) -> Response {
    Response(
      status: .ok, headers: [.contentType: type],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}
