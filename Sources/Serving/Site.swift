import Foundation
import HTTPTypes
import Hummingbird
import Pipeline

/// Everything there is to be asked for.
struct Site: Sendable {
  let cameras: [CameraMonitor]
  let version: String
  let readySeconds: Double
  let page: Page
  let access: AccessRules
  /// In seconds since 1970.
  let started = Date().timeIntervalSince1970

  /// Streams of one kind at once, of one camera.
  static let maximumStreams = 32

  /// The routes; each is said in the README.
  var router: Router<WatchContext> {
    let router = Router(context: WatchContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: AccessMiddleware(access: access))
    router.get("/") { _, _ in page.response() }
    router.get("/stream/{camera}.mjpeg") { request, context in
      let client = try await StreamClient(request, context)
      return PictureStream(try pictures(of: try camera(context)), for: client).response
    }
    router.get("/snapshot/{camera}.jpg") { request, context in
      let client = try await StreamClient(request, context)
      let camera = try camera(context)
      return try await PictureStream(try pictures(of: camera), for: client).first(of: camera.name)
    }
    router.get("/tracks/{camera}") { request, context in
      let client = try await StreamClient(request, context)
      let camera = try camera(context)
      guard let records = camera.watchRecords(limit: Self.maximumStreams) else {
        throw tooMany(camera)
      }
      return RecordStream(records, for: client).response
    }
    router.get("/status") { _, _ in try StatusReport(self).response() }
    router.get("/metrics") { _, _ in
      Response.text(Metrics(self).text, type: PrometheusText.contentType)
    }
    router.get("/healthz") { _, _ in
      Response.text("ok\n", type: "text/plain; charset=utf-8")
    }
    router.get("/readyz") { _, _ in try ReadinessReport(self).response() }
    return router
  }

  /// The camera a request names.
  private func camera(_ context: WatchContext) throws(Refusal) -> CameraMonitor {
    let text = context.parameters.get("camera") ?? ""
    let name = text.removingPercentEncoding ?? text
    if let camera = cameras.first(where: { $0.name == name }) { return camera }
    let names = cameras.map { "'\($0.name)'" }.joined(separator: ", ")
    throw Refusal(
      status: .notFound, sentence: "there is no camera '\(name)'; there is \(names)")
  }

  private func pictures(of camera: CameraMonitor) throws(Refusal) -> Subscription<CameraPicture> {
    guard let pictures = camera.watchPictures(limit: Self.maximumStreams) else {
      throw tooMany(camera)
    }
    return pictures
  }

  private func tooMany(_ camera: CameraMonitor) -> Refusal {
    Refusal(
      status: .serviceUnavailable,
      sentence: "camera '\(camera.name)' is watched by \(Self.maximumStreams) clients already",
      headers: [.retryAfter: "10"])
  }
}

extension Response {
  /// A value as JSON.
  static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    var text = String(decoding: try encoder.encode(value), as: UTF8.self)
    text += "\n"
    var response = Response.text(text, type: "application/json; charset=utf-8")
    response.status = status
    return response
  }
}
