import HTTPTypes
import Hummingbird

/// Asks every request who it is, answers errors with sentences, and adds what every answer carries.
struct AccessMiddleware: RouterMiddleware {
  let access: AccessRules

  /// Answered without a token: says no more than that there is a process.
  private static let open: Set<String> = ["/healthz"]

  func handle(
    _ request: Request, context: WatchContext,
    next: (Request, WatchContext) async throws -> Response
  ) async throws -> Response {
    var response: Response
    do {
      try check(request)
      response = try await next(request, context)
    } catch let refusal as Refusal {
      response = refusal.response
    } catch let error as any HTTPResponseError where error.status == .notFound {
      response =
        Refusal(
          status: .notFound,
          sentence: "there is nothing at '\(request.uri.path)'; the page is at /"
        ).response
    }
    response.headers[.cacheControl] = "no-store"
    response.headers[.xContentTypeOptions] = "nosniff"
    // Addresses may hold the token.
    response.headers[.referrerPolicy] = "no-referrer"
    if access.token == nil { response.headers[.crossOriginResourcePolicy] = "same-origin" }
    return response
  }

  private func check(_ request: Request) throws(Refusal) {
    guard access.acceptsHost(request.head.authority) else {
      throw Refusal(
        status: .forbidden,
        sentence: "this server answers requests to 127.0.0.1, [::1] and localhost only")
    }
    guard request.method == .get || request.method == .head else {
      throw Refusal(
        status: .methodNotAllowed, sentence: "only GET and HEAD are answered",
        headers: [.allow: "GET, HEAD"])
    }
    if Self.open.contains(request.uri.path) { return }
    let isAccepted = access.acceptsToken(
      authorization: request.headers[.authorization],
      query: request.uri.queryParameters["token"].map { String($0) })
    guard isAccepted else {
      throw Refusal(
        status: .unauthorized,
        sentence: "a token is needed: send 'Authorization: Bearer TOKEN', or add ?token=TOKEN",
        headers: [.wwwAuthenticate: "Bearer realm=\"facestream\""])
    }
  }
}

extension HTTPField.Name {
  static var referrerPolicy: Self { Self("Referrer-Policy")! }
  static var crossOriginResourcePolicy: Self { Self("Cross-Origin-Resource-Policy")! }
}
