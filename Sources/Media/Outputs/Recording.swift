internal import CFFmpeg
import Foundation
import Imaging

/// One output from its first packet to its last: one container, or a file after the other.
///
/// The streams come from a template, which is set up and never opened where there may be several files.
///
/// `@unchecked Sendable`: handed on to the thread that writes it, never shared.
final class Recording: @unchecked Sendable {
  private let template: Muxer
  private let interruption: Interruption
  private var current: Muxer?
  /// The file before, while packets of copied streams that belong to it may still come.
  private var previous: (muxer: Muxer, end: Timestamp)?
  private var clock: SegmentClock?
  private let names: SegmentNames
  /// Seconds since 1970 of a file's first frame, given its presentation time in seconds.
  private let nameSeconds: (Double) -> Double
  private var finishedRejections = 0
  /// Bytes of the file at work before it got its first packet.
  private var emptySize: Int64 = 0

  /// Inputs hold audio this much behind the video it belongs to, in seconds.
  private static let lateness = 1.0

  /// - Parameter interruption: Ends what waits.
  init(template: Muxer, interruption: Interruption) {
    self.template = template
    self.interruption = interruption
    let options = template.options
    clock = options.segmentSeconds.map(SegmentClock.init)
    names = SegmentNames(path: options.path, isTimeOfDay: options.isLive)
    nameSeconds = options.isLive ? { _ in Date().timeIntervalSince1970 } : { max(0, $0) }
  }

  /// Packets of copied streams the containers refused.
  var rejectedPacketCount: Int { finishedRejections + (current?.rejectedPacketCount ?? 0) }

  /// Whether the output goes on in further files.
  var isSegmented: Bool { clock != nil }

  /// Creates the first file.
  ///
  /// - Parameter seconds: The first frame's presentation time.
  /// - Throws: `cannotWrite`, `outOfMemory`.
  func open(at seconds: Double) throws(MediaError) {
    if isSegmented {
      _ = clock?.isDue(at: seconds)
      try begin(at: seconds)
    } else {
      try template.open()
      current = template
    }
  }

  /// Writes one packet of the video, in a new file where it is time for one.
  ///
  /// - Throws: `cannotWrite`, `outOfMemory`.
  func write(_ packet: Packet) throws(MediaError) {
    if isSegmented, packet.isKeyFrame, let timeBase = template.videoTimeBase,
      let ticks = packet.presentationTicks
    {
      let time = Timestamp(ticks: ticks, timeBase: timeBase)
      if clock?.isDue(at: time.seconds) == true || current == nil {
        try finishPrevious()
        previous = current.map { ($0, time) }
        current = nil
        try begin(at: time.seconds)
      }
    }
    try writePrevious(before: packet)
    try current?.write(packet)
  }

  /// Gives the file before what belongs to it, and closes it once nothing more is to be expected.
  private func writePrevious(before packet: Packet) throws(MediaError) {
    guard let previous, let timeBase = template.videoTimeBase else { return }
    let now = Timestamp(ticks: packet.decodeTicks, timeBase: timeBase)
    if now.seconds > previous.end.seconds + Self.lateness {
      try finishPrevious()
    } else {
      try previous.muxer.writeCopies(upTo: previous.end)
    }
  }

  private func finishPrevious() throws(MediaError) {
    guard let (muxer, end) = previous else { return }
    previous = nil
    defer { finishedRejections += muxer.rejectedPacketCount }
    try muxer.finish(at: end)
  }

  /// Closes files of a segmented recording after one of them failed; `write(_:)` goes on in a new one, with a key
  /// frame.
  func breakOff() {
    for muxer in [previous?.muxer, current].compactMap({ $0 }) {
      muxer.breakOff()
      finishedRejections += muxer.rejectedPacketCount
    }
    // While a disk is full, every attempt makes another file.
    if let current, Self.size(of: current.path) <= emptySize { unsafe unlink(current.path) }
    (previous, current) = (nil, nil)
  }

  private static func size(of path: String) -> Int64 {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? Int64(status.st_size) : 0
  }

  /// Closes the last file.
  ///
  /// - Parameter discarding: Takes it away as well, as `Muxer.discard()` does.
  /// - Throws: `cannotWrite`.
  func finish(discarding: Bool = false) throws(MediaError) {
    defer { template.copies.withLock { $0.close() } }
    var failure: MediaError?
    do throws(MediaError) { try finishPrevious() } catch { failure = error }
    if discarding { try current?.discard() } else { try current?.finish() }
    if let failure { throw failure }
  }

  private func begin(at seconds: Double) throws(MediaError) {
    let path = try names.reserve(at: nameSeconds(seconds))
    do throws(MediaError) {
      let next = try Muxer(
        following: template, path: path, shiftSeconds: seconds, interruption: interruption)
      try next.open()
      current = next
      emptySize = Self.size(of: path)
    } catch {
      unsafe unlink(path)
      throw error
    }
  }
}
