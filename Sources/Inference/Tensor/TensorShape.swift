/// The shape `[channels, height, width]` of a planar feature map.
package struct TensorShape: Equatable, Hashable, Sendable {
  package var channels: Int
  package var height: Int
  package var width: Int

  package init(channels: Int, height: Int, width: Int) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// Elements of one channel.
  package var planeSize: Int { height * width }
  /// Elements of all channels.
  package var count: Int { channels * planeSize }
}
