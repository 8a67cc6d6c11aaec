import Hummingbird
import NIOCore

/// What a request's handler is given.
struct WatchContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// Of the connection's events.
  let loop: any EventLoop

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    loop = source.channel.eventLoop
  }
}
