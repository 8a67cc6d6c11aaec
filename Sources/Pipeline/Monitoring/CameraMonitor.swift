import Foundation
import Media
import Synchronization

/// What can be seen of one camera while it runs: its state, the picture as it is drawn, its records.
///
/// The pipeline hands over and never waits: watchers have bounded queues, pictures are made on a thread of
/// their own, at a bounded rate and size, and only while somebody watches. Knows nothing of how it is
/// shown.
package final class CameraMonitor: Sendable {
  /// Of the camera, as watchers name it.
  package let name: String

  private struct State {
    var status: CameraStatus
    var rates = FrameRates()
    var update: (@Sendable (inout CameraStatus) -> Void)?
    var latency: (@Sendable () -> LatencySnapshot?)?
    var isEnded = false
    /// The first line of the records, once there is one.
    var header: RecordLine?
    var nextSubscription = 0
    var pictures: [Int: Subscription<CameraPicture>.Inlet] = [:]
    var records: [Int: Subscription<RecordLine>.Inlet] = [:]
    var dropped = 0
  }

  private let state: Mutex<State>
  private let pictureMaker = PictureMaker()
  /// Counts of the watchers, for looking at without a lock.
  private let pictureWatchers = Atomic<Int>(0)
  private let recordWatchers = Atomic<Int>(0)

  /// Records that wait for a slow reader: some seconds of a camera.
  package static let recordCapacity = 64

  package init(name: String) {
    self.name = name
    state = Mutex(State(status: CameraStatus(name: name)))
  }

  // MARK: What watchers see

  package var status: CameraStatus {
    // Percentiles take their time: the pipeline does not wait for them.
    let latency = state.withLock { $0.latency }?()
    return state.withLock { state in
      var status = state.status
      if let latency { status.latency = latency }
      state.update?(&status)
      if state.isEnded { status.connection = .ended }
      status.secondsSinceFrame = state.rates.lastInput.map {
        (ContinuousClock.now - $0) / .seconds(1)
      }
      if !state.isEnded {
        status.inputFramesPerSecond = state.rates.input
        status.outputFramesPerSecond = state.rates.output
      }
      status.pictureWatchers = state.pictures.count
      status.recordWatchers = state.records.count
      status.droppedForWatchers = state.dropped
      return status
    }
  }

  /// The pictures from now on, the newest one when the reader is slow.
  ///
  /// - Parameter limit: How many may watch at once.
  /// - Returns: `nil` when as many watch already.
  package func watchPictures(limit: Int) -> Subscription<CameraPicture>? {
    let (subscription, isEnded) = state.withLock { state in
      guard state.pictures.count < limit else {
        return (nil as Subscription<CameraPicture>?, false)
      }
      let number = state.nextSubscription
      let subscription = Subscription<CameraPicture>(capacity: 1) { [weak self] in
        self?.endPictures(number)
      }
      state.nextSubscription += 1
      state.pictures[number] = subscription.inlet
      pictureWatchers.store(state.pictures.count, ordering: .relaxed)
      return (subscription, state.isEnded)
    }
    // Not within the lock, which its end takes as well.
    if isEnded { subscription?.inlet.finish() }
    return subscription
  }

  /// The records from now on, after the header where there is one.
  ///
  /// - Parameter limit: How many may read at once.
  /// - Returns: `nil` when as many read already.
  package func watchRecords(limit: Int) -> Subscription<RecordLine>? {
    let (subscription, isEnded) = state.withLock { state in
      guard state.records.count < limit else { return (nil as Subscription<RecordLine>?, false) }
      let number = state.nextSubscription
      let subscription = Subscription<RecordLine>(capacity: Self.recordCapacity) { [weak self] in
        self?.endRecords(number)
      }
      if let header = state.header { _ = subscription.inlet.offer(header) }
      state.nextSubscription += 1
      state.records[number] = subscription.inlet
      recordWatchers.store(state.records.count, ordering: .relaxed)
      return (subscription, state.isEnded)
    }
    if isEnded { subscription?.inlet.finish() }
    return subscription
  }

  private func endPictures(_ number: Int) {
    state.withLock { state in
      state.pictures[number] = nil
      pictureWatchers.store(state.pictures.count, ordering: .relaxed)
    }
  }

  private func endRecords(_ number: Int) {
    state.withLock { state in
      state.records[number] = nil
      recordWatchers.store(state.records.count, ordering: .relaxed)
    }
  }

  // MARK: What the pipeline hands over

  /// Whether drawing for watchers alone is worth it.
  var hasPictureWatchers: Bool { pictureWatchers.load(ordering: .relaxed) > 0 }

  /// Called when the run begins.
  ///
  /// - Parameters:
  ///   - update: Puts in what the run counted so far; called on any thread.
  ///   - latency: How long frames took so far, `nil` for files; called on any thread.
  func begin(
    update: @escaping @Sendable (inout CameraStatus) -> Void,
    latency: @escaping @Sendable () -> LatencySnapshot?
  ) {
    state.withLock {
      $0.update = update
      $0.latency = latency
    }
    sample()
  }

  /// Notes rates; called several times a second while the run goes.
  func sample() {
    state.withLock { state in
      guard let update = state.update else { return }
      update(&state.status)
      state.rates.add(
        input: state.status.decodedFrames, output: state.status.analyzedFrames, at: .now)
    }
  }

  /// Called when the run ends: the counters stay, and all watchers get to their end.
  func end() {
    let (pictures, records) = state.withLock { state in
      state.update?(&state.status)
      state.status.latency = state.latency?()
      state.update = nil
      state.latency = nil
      state.isEnded = true
      return (Array(state.pictures.values), Array(state.records.values))
    }
    for inlet in pictures { inlet.finish() }
    for inlet in records { inlet.finish() }
  }

  /// Shows a frame as it is drawn. Returns at once; the picture follows on another thread, unless nobody
  /// watches or one was made a moment ago.
  func show(_ frame: VideoFrame) {
    guard hasPictureWatchers else { return }
    pictureMaker.make(frame) { [weak self] picture in self?.offer(picture) }
  }

  private func offer(_ picture: CameraPicture) {
    state.withLock { state in
      for inlet in state.pictures.values where inlet.offer(picture) {
        state.dropped += 1
      }
    }
  }

  /// Notes the size of the upright picture, in pixels.
  func noteSize(width: Int?, height: Int?) {
    state.withLock { state in
      state.status.width = width
      state.status.height = height
    }
  }

  /// Notes what the records begin with.
  func begin(_ header: RecordHeader) {
    var text = TextBuffer()
    text.appendJSONHeader(header)
    let line = RecordLine(kind: .header, text: text)
    noteSize(width: header.width, height: header.height)
    state.withLock { state in
      state.header = line
      for inlet in state.records.values where inlet.offer(line) { state.dropped += 1 }
    }
  }

  /// Notes what was found in a frame, and hands its line to those who read along.
  func note(_ record: FrameRecord) {
    var line: RecordLine?
    if recordWatchers.load(ordering: .relaxed) > 0 {
      var text = TextBuffer()
      text.appendJSONLine(record)
      line = RecordLine(kind: .frame(record.frame), text: text)
    }
    state.withLock { state in
      state.status.facesInFrame = record.faces.count
      guard let line else { return }
      for inlet in state.records.values where inlet.offer(line) {
        state.dropped += 1
      }
    }
  }
}

/// One line of the records.
package struct RecordLine: Sendable, Equatable {
  /// What the line is of.
  package enum Kind: Sendable, Equatable {
    case header
    /// The number of the frame.
    case frame(Int)
  }

  package var kind: Kind
  /// JSON, without the end of the line.
  package var bytes: [UInt8]

  init(kind: Kind, text: TextBuffer) {
    self.kind = kind
    bytes = Array(text.bytes.dropLast())
  }
}
