import NIOCore
import Synchronization

/// The connections that are open, so that all can be closed at once.
final class ConnectionRegistry: Sendable {
  private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

  /// How long a client may take nothing of what is ready for it.
  static let patience = TimeAmount.seconds(15)

  /// What looks after one connection.
  func makeHandler() -> Handler { Handler(registry: self) }

  /// Closes every connection, whatever its client is about.
  func closeAll() {
    for channel in channels.withLock({ Array($0.values) }) {
      channel.close(mode: .all, promise: nil)
    }
  }

  fileprivate func add(_ channel: any Channel) {
    channels.withLock { $0[ObjectIdentifier(channel)] = channel }
  }

  fileprivate func remove(_ channel: any Channel) {
    channels.withLock { $0[ObjectIdentifier(channel)] = nil }
  }

  /// Notes a connection, and closes it when its client stops reading.
  ///
  /// Lives on the connection's event loop.
  final class Handler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let registry: ConnectionRegistry
    private var deadline: Scheduled<Void>?

    init(registry: ConnectionRegistry) { self.registry = registry }

    func handlerAdded(context: ChannelHandlerContext) { registry.add(context.channel) }

    func handlerRemoved(context: ChannelHandlerContext) {
      deadline?.cancel()
      registry.remove(context.channel)
    }

    func channelInactive(context: ChannelHandlerContext) {
      deadline?.cancel()
      registry.remove(context.channel)
      context.fireChannelInactive()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
      deadline?.cancel()
      deadline = nil
      if !context.channel.isWritable {
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: ConnectionRegistry.patience) {
          channel.close(mode: .all, promise: nil)
        }
      }
      context.fireChannelWritabilityChanged()
    }
  }
}
