import Foundation
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

  /// Has the system ask clients that say nothing whether they are still there: one whose machine or network
  /// went away sends no end. It is given up after a minute.
  fileprivate static func probe(_ channel: any Channel) {
    let options = channel.syncOptions
    try? options?.setOption(.socketOption(.so_keepalive), value: 1)
    let times: [(option: CInt, value: SocketOptionValue)] = [
      (TCP_KEEPIDLE, 30), (TCP_KEEPINTVL, 10), (TCP_KEEPCNT, 3),
    ]
    for (option, value) in times {
      try? options?.setOption(.tcpOption(NIOBSDSocket.Option(rawValue: option)), value: value)
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

    func handlerAdded(context: ChannelHandlerContext) {
      registry.add(context.channel)
      ConnectionRegistry.probe(context.channel)
    }

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
