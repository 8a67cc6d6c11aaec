internal import CFFmpeg
import Foundation
import Imaging
import Synchronization

/// One output of a live run, on a thread of its own: whatever becomes of it, neither the encoder nor
/// another output waits.
///
/// A connection is made again, as often as it takes, and so is a pipe with a name once somebody reads it again;
/// a recording in several files goes on in the next one. Another file or pipe that fails is gone.
///
/// `@unchecked Sendable`: the recording belongs to the output's thread once that was started; `queue` and
/// the template's copied packets guard themselves.
final class LiveOutput: @unchecked Sendable {
  private let template: Muxer
  private let place: OutputOptions.Place
  private let queue: EncodedPacketQueue
  /// Raised when the run is left; files are finished all the same.
  private let leaving: Interruption
  private let report: @Sendable (OutputEvent) -> Void
  private let requestKeyFrame: @Sendable () -> Void
  private let counted: Mutex<OutputStatistics>
  private let rejected = Atomic<Int>(0)
  private let ended = DispatchSemaphore(value: 0)

  /// What may wait: for a network little delay matters, for a disk that nothing is lost.
  private static let networkLimits = PacketBacklog.Limits(seconds: 4, bytes: 64 << 20)
  private static let fileLimits = PacketBacklog.Limits(seconds: 30, bytes: 64 << 20)

  /// Waits between attempts to connect, in seconds.
  private static let firstWait = 0.5
  private static let longestWait = 15.0
  /// A connection that held so long was a good one: the next attempt comes soon.
  private static let goodSeconds = 5.0

  /// How long an output may still need once the run is left.
  private static let leavingSeconds = 0.5

  /// - Parameters:
  ///   - template: With its streams, not opened.
  ///   - requestKeyFrame: Asks the encoder for one.
  init(
    template: Muxer, leaving: Interruption, requestKeyFrame: @escaping @Sendable () -> Void,
    report: @escaping @Sendable (OutputEvent) -> Void
  ) {
    self.template = template
    self.leaving = leaving
    self.requestKeyFrame = requestKeyFrame
    self.report = report
    place = template.options.place
    queue = EncodedPacketQueue(limits: place == .file ? Self.fileLimits : Self.networkLimits)
    counted = Mutex(OutputStatistics(path: template.path))
  }

  var statistics: OutputStatistics {
    var statistics = counted.withLock { $0 }
    statistics.droppedPackets = queue.droppedCount
    return statistics
  }

  /// Packets of copied streams the container refused.
  var rejectedPacketCount: Int { rejected.load(ordering: .relaxed) }

  /// Creates a file at once, and starts the thread; connecting and waiting for readers is left to it.
  ///
  /// - Parameter seconds: The first frame's presentation time.
  /// - Throws: `cannotWrite`, `outOfMemory`.
  func start(at seconds: Double) throws(MediaError) {
    if place == .network,
      let reason = NetworkAddress(template.path)?.refusal ?? template.missingProtocol
    {
      throw .cannotWrite(path: template.path, reason: reason)
    }
    if place == .network || PatientDescriptor.isNamedPipe(template.path) {
      queue.pause()
      run { $0.publish() }
      return
    }
    let recording = Recording(
      template: template, interruption: place == .file ? Interruption() : leaving)
    if place == .file { try open(recording, at: seconds) }
    run { $0.record(recording, opensAt: $0.place == .file ? nil : seconds) }
  }

  private func run(_ body: @escaping @Sendable (LiveOutput) -> Void) {
    let thread = Thread { [self] in
      body(self)
      counted.withLock { $0.isConnected = false }
      queue.cancel()
      template.copies.withLock { $0.close() }
      ended.signal()
    }
    thread.name = "output"
    thread.start()
  }

  /// Takes in a packet of the video, which becomes the output's own.
  func write(_ packet: Packet) {
    let timeBase = template.videoTimeBase
    if let dropped = queue.push(packet), let timeBase {
      // The sound that belongs to it goes with it.
      template.copies.discard(upTo: Timestamp(ticks: dropped.decodeTicks, timeBase: timeBase))
    }
  }

  /// No more packets come.
  func close() { queue.close() }

  /// Waits until what was taken in is written, or the output cannot be waited for any longer.
  ///
  /// - Parameter leftSeconds: How long outputs were waited for since the run is left, all together.
  func waitForEnd(leftSeconds: inout Double) {
    var waitedSeconds = 0.0
    let step = 0.05
    while ended.wait(timeout: .now() + step) == .timedOut {
      waitedSeconds += step
      if leaving.isRaised { leftSeconds += step }
      if place == .file { continue }
      if leftSeconds > Self.leavingSeconds || waitedSeconds > template.options.timeoutSeconds {
        return report(
          .warning("'\(template.path)' did not take everything before the run was left"))
      }
    }
  }

  private func open(_ recording: Recording, at seconds: Double) throws(MediaError) {
    try recording.open(at: seconds)
    counted.withLock { $0.isConnected = true }
  }

  /// Writes files, or a pipe, until the run ends, or one fails that nothing can follow.
  ///
  /// - Parameter opensAt: The first frame's presentation time where the output is yet to be opened.
  private func record(_ recording: Recording, opensAt seconds: Double?) {
    defer { rejected.store(recording.rejectedPacketCount, ordering: .relaxed) }
    do throws(MediaError) {
      if let seconds { try open(recording, at: seconds) }
      while let packet = queue.pop() { try recording.write(packet) }
      try recording.finish()
    } catch {
      if recording.isSegmented { return goOn(with: recording, after: error) }
      queue.cancel()
      // What was written so far is to play; why it failed is known already.
      try? recording.finish()
      fail(error)
    }
  }

  /// Writes further files of a recording, one of which failed, until the run ends.
  private func goOn(with recording: Recording, after failure: MediaError) {
    var backoff = Backoff(firstSeconds: Self.firstWait, longestSeconds: Self.longestWait)
    var generator = SystemRandomNumberGenerator()
    var trouble: MediaError?
    func note(_ error: MediaError) {
      if trouble == nil { report(.warning("\(error); going on in another file")) }
      trouble = error
      counted.withLock { $0.isConnected = false }
    }
    func noteSuccess() {
      if trouble == nil { return }
      trouble = nil
      backoff.reset()
      counted.withLock {
        $0.isConnected = true
        $0.reconnects += 1
      }
      report(.warning("'\(template.path)' is written again"))
    }
    note(failure)
    while true {
      queue.pause()
      recording.breakOff()
      guard queue.waitOpen(seconds: backoff.next(using: &generator)) else { break }
      let began = ContinuousClock.now
      var isWritten = false
      do throws(MediaError) {
        try restart { packet throws(MediaError) in
          try recording.write(packet)
          isWritten = true
          // What a full disk does not take shows some time after it was written.
          if ContinuousClock.now - began > .seconds(Self.goodSeconds) { noteSuccess() }
        }
        try recording.finish()
        if isWritten { noteSuccess() }
        break
      } catch {
        note(error)
      }
    }
    guard let trouble else { return }
    counted.withLock { $0.hasFailed = true }
    report(.incomplete(trouble))
  }

  /// Keeps up a connection until the run ends.
  private func publish() {
    var backoff = Backoff(firstSeconds: Self.firstWait, longestSeconds: Self.longestWait)
    var generator = SystemRandomNumberGenerator()
    var isTold = false
    var wasConnected = false
    while true {
      var isRefused = false
      do throws(MediaError) {
        let muxer = try Muxer(
          following: template, path: template.path, shiftSeconds: nil, interruption: leaving)
        defer { rejected.add(muxer.rejectedPacketCount, ordering: .relaxed) }
        do throws(MediaError) {
          try muxer.open()
          counted.withLock {
            $0.isConnected = true
            if wasConnected { $0.reconnects += 1 }
          }
          if isTold {
            let state = wasConnected ? "written again" : "connected"
            report(.warning("'\(template.path)' is \(state)"))
          }
          isTold = false
          wasConnected = true
          let connected = ContinuousClock.now
          defer {
            if ContinuousClock.now - connected > .seconds(Self.goodSeconds) { backoff.reset() }
          }
          return try write(to: muxer)
        } catch {
          counted.withLock { $0.isConnected = false }
          muxer.abandon()
          isRefused = muxer.wasRefused
          throw error
        }
      } catch {
        queue.pause()
        if isRefused || leaving.isRaised { return fail(error) }
        if !isTold { report(.warning("\(error); trying again until it works")) }
        isTold = true
      }
      guard queue.waitOpen(seconds: backoff.next(using: &generator)) else { return }
    }
  }

  /// Writes from a new key frame on to the end of the run.
  private func write(to muxer: Muxer) throws(MediaError) {
    try restart { packet throws(MediaError) in try muxer.write(packet) }
    try muxer.finish()
  }

  /// Hands over what comes from a new key frame on, to the end of the run.
  private func restart(
    _ write: (Packet) throws(MediaError) -> Void
  ) throws(MediaError) {
    queue.resume()
    requestKeyFrame()
    var isFirst = true
    while let packet = queue.pop() {
      if isFirst, let timeBase = template.videoTimeBase {
        // What was to be heard before this frame is history.
        template.copies.discard(upTo: Timestamp(ticks: packet.decodeTicks, timeBase: timeBase))
      }
      isFirst = false
      try write(packet)
    }
  }

  private func fail(_ error: MediaError) {
    if leaving.isRaised {
      report(.warning("'\(template.path)' did not take everything before the run was left"))
      return
    }
    counted.withLock {
      $0.isConnected = false
      $0.hasFailed = true
    }
    report(.failed(error))
  }
}
