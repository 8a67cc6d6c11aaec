import Media

/// Opens the input of a run, waits for one that is not there yet, and connects anew to one that was lost.
struct InputConnector: Sendable {
  /// An opened input.
  struct Connection: Sendable {
    let demuxer: Demuxer
    let decoder: Decoder
  }

  private let path: String
  private let options: InputOptions
  private let live: Configuration.Live
  private let interruption: Interruption
  private let state: RunState
  private var backoff: Backoff
  /// In a row without a picture.
  private var failedAttempts = 0

  /// A connection that held for so long was a good one: the next delay is the shortest again.
  private static let stableSeconds = 10.0

  init(
    _ configuration: Configuration, threads: Int, interruption: Interruption, state: RunState
  ) {
    path = configuration.input ?? "-"
    options = InputOptions(
      maximumPixels: configuration.maximumPixels, threads: threads,
      format: configuration.inputFormat, isLive: configuration.live.input.isOn,
      network: configuration.live.network)
    live = configuration.live
    self.interruption = interruption
    self.state = state
    backoff = Backoff(longestSeconds: live.reconnectDelay)
  }

  /// Whether the input may be there later.
  private var isAwaited: Bool {
    Demuxer.isElsewhere(path) || (live.input == .on && Demuxer.canBeReopened(path))
  }

  /// Opens the input, once it is there.
  ///
  /// - Throws: What `Demuxer` and `Decoder` throw, at once unless it is to be waited for.
  func connectFirst() throws(MediaError) -> Connection {
    var hold = live.waits && isAwaited ? PipeHold(path: path) : nil
    defer { withExtendedLifetime(hold) {} }
    do throws(MediaError) {
      return try connect()
    } catch {
      guard live.waits, isAwaited, error.mayPass, !interruption.isRaised else {
        throw error
      }
      state.addWarning("\(error); waiting for it")
    }
    let began = ContinuousClock.now
    var (backoff, generator) = (backoff, SystemRandomNumberGenerator())
    while interruption.wait(seconds: backoff.next(using: &generator)) {
      if hold == nil { hold = PipeHold(path: path) }
      do throws(MediaError) {
        let connection = try connect()
        state.addWarning("'\(path)' is there after \(secondsText(since: began))")
        return connection
      } catch {
        guard error.mayPass else { throw error }
      }
    }
    throw .cannotOpen(path: path, reason: "stopped while waiting for it")
  }

  /// Connects anew until that succeeds.
  ///
  /// - Parameters:
  ///   - heldSeconds: How long the connection before held.
  ///   - hadPictures: Whether it gave any picture.
  /// - Returns: `nil` when interrupted.
  /// - Throws: `lost` after the last attempt.
  mutating func reconnect(
    heldSeconds: Double, hadPictures: Bool
  ) throws(MediaError) -> Connection? {
    if hadPictures { failedAttempts = 0 }
    if heldSeconds >= Self.stableSeconds { backoff.reset() }
    let began = ContinuousClock.now
    var generator = SystemRandomNumberGenerator()
    var said: String?
    while true {
      if let limit = live.reconnectAttempts, failedAttempts >= limit {
        let attempts = "\(limit) attempt\(limit == 1 ? "" : "s")"
        throw .lost(
          path: path, reason: "not restored in \(attempts)" + (said.map { " (\($0))" } ?? ""))
      }
      guard interruption.wait(seconds: backoff.next(using: &generator)) else { return nil }
      failedAttempts += 1
      do throws(MediaError) {
        let connection = try connect()
        state.addWarning("'\(path)' is back after \(secondsText(since: began))")
        return connection
      } catch {
        if interruption.isRaised { return nil }
        let reason = error.description
        if reason != said { state.addWarning("\(reason); trying again") }
        said = reason
      }
    }
  }

  private func connect() throws(MediaError) -> Connection {
    let demuxer = try Demuxer(path: path, options: options, interruption: interruption)
    return Connection(demuxer: demuxer, decoder: try Decoder(for: demuxer, options: options))
  }

  private func secondsText(since moment: ContinuousClock.Instant) -> String {
    let tenths = ((ContinuousClock.now - moment) / .milliseconds(100)).rounded()
    return "\(tenths / 10) s"
  }
}

extension MediaError {
  /// Whether another attempt may end otherwise, without anybody changing anything here.
  fileprivate var mayPass: Bool {
    switch self {
    case .cannotOpen, .silent, .lost: true
    default: false
    }
  }
}
