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
    var latency: LatencyRecorder?
    var isEnded = false
  }

  private let state: Mutex<State>
  private let pictureMaker = PictureMaker()
  private let pictures = Broadcaster<CameraPicture>(capacity: 1)
  private let records = Broadcaster<RecordLine>(
    capacity: CameraMonitor.recordCapacity)

  /// Records that wait for a slow reader: some seconds of a camera.
  static let recordCapacity = 64

  package init(name: String) {
    self.name = name
    state = Mutex(State(status: CameraStatus(name: name)))
  }

  // MARK: What watchers see

  package var status: CameraStatus {
    // Percentiles take their time: the pipeline does not wait for them.
    let recorder = state.withLock { $0.latency }
    let (latency, recentLatency) = (recorder?.snapshot, recorder?.recent)
    var status = state.withLock { state in
      var status = state.status
      if let latency { status.latency = latency }
      status.recentLatency = recentLatency
      state.update?(&status)
      if state.isEnded { status.connection = .ended }
      status.secondsSinceFrame = state.rates.lastInput.map {
        (ContinuousClock.now - $0) / .seconds(1)
      }
      if !state.isEnded {
        status.inputFramesPerSecond = state.rates.input
        status.outputFramesPerSecond = state.rates.output
      }
      return status
    }
    status.pictureWatchers = pictures.watcherCount
    status.recordWatchers = records.watcherCount
    status.droppedForWatchers = pictures.droppedCount + records.droppedCount
    return status
  }

  /// The pictures from now on, the newest one when the reader is slow.
  ///
  /// - Parameter limit: How many may watch at once.
  /// - Returns: `nil` when as many watch already.
  package func watchPictures(limit: Int) -> Subscription<CameraPicture>? {
    pictures.watch(limit: limit)
  }

  /// The records from now on, after the header where there is one.
  ///
  /// - Parameter limit: How many may read at once.
  /// - Returns: `nil` when as many read already.
  package func watchRecords(limit: Int) -> Subscription<RecordLine>? {
    records.watch(limit: limit)
  }

  // MARK: What the pipeline hands over

  /// Whether drawing for watchers alone is worth it.
  var hasPictureWatchers: Bool { pictures.watcherCount > 0 }

  /// Called when the run begins.
  ///
  /// - Parameters:
  ///   - update: Puts in what the run counted so far; called on any thread.
  ///   - latency: How long frames take; `nil` for files.
  func begin(
    update: @escaping @Sendable (inout CameraStatus) -> Void,
    latency: LatencyRecorder? = nil
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
    state.withLock { state in
      state.update?(&state.status)
      state.status.latency = state.latency?.snapshot
      state.update = nil
      state.latency = nil
      state.isEnded = true
    }
    pictures.end()
    records.end()
  }

  /// Shows a frame as it is drawn. Returns at once; the picture follows on another thread, unless nobody
  /// watches or one was made a moment ago.
  func show(_ frame: VideoFrame) {
    guard hasPictureWatchers else { return }
    pictureMaker.make(frame) { [pictures] in pictures.send($0) }
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
    noteSize(width: header.width, height: header.height)
    records.send(RecordLine(kind: .header, text: text), isOpening: true)
  }

  /// Notes what was found in a frame, and hands its line to those who read along.
  func note(_ record: FrameRecord) {
    state.withLock { $0.status.facesInFrame = record.faces.count }
    guard records.watcherCount > 0 else { return }
    var text = TextBuffer()
    text.appendJSONLine(record)
    records.send(RecordLine(kind: .frame(record.frame), text: text))
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
