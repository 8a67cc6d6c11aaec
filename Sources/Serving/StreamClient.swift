import Hummingbird
import NIOCore
import Pipeline

/// Who a stream without end is for.
struct StreamClient: Sendable {
  /// With its body collected: what nobody takes would be in the way of the connection's end.
  private let request: Request
  /// Of the connection's events.
  let loop: any EventLoop

  /// The most that may come with a request for a stream, in bytes; nothing is made of it.
  private static let longestBody = 1024

  /// - Throws: When the request brings too much, or the client leaves before it is complete.
  init(_ request: Request, _ context: WatchContext) async throws {
    var request = request
    _ = try await request.collectBody(upTo: Self.longestBody)
    self.request = request
    loop = context.loop
  }

  /// A body that goes on until there is nothing more to follow or the client leaves. That one is gone is
  /// noticed by the end of what it sends, also while nothing is sent to it.
  ///
  /// - Parameters:
  ///   - pulse: How often the subscription wakes its reader.
  ///   - write: Writes its elements to their end; is cancelled when the client leaves.
  func body<Element: Sendable>(
    following subscription: Subscription<Element>, pulse: TimeAmount,
    write: @escaping @Sendable (inout any ResponseBodyWriter) async throws -> Void
  ) -> ResponseBody {
    ResponseBody { writer in
      let pulses = loop.scheduleRepeatedTask(initialDelay: pulse, delay: pulse) { _ in
        subscription.pulse()
      }
      defer { pulses.cancel() }
      try await request.body.consumeWithCancellationOnInboundClose { _ in
        try await write(&writer)
        try await writer.finish(nil)
      }
    }
  }
}
