import Foundation
import Media

/// When a frame was where on its way through a run.
struct FrameTimes: Sendable {
  typealias Instant = ContinuousClock.Instant

  /// From the camera to the arrival, in seconds; `nil` where that is not known.
  var networkSeconds: Double?
  /// When its packet had been read.
  var arrived: Instant
  /// When it was a picture.
  var decoded: Instant
  /// When the analysis took it.
  var analysisBegan: Instant?
  /// When its faces were found or predicted.
  var analyzed: Instant?
  /// When the output took it.
  var outputBegan: Instant?
  /// When the outputs, or its records, had it.
  var written: Instant?

  /// The longest way from a camera to here that is believed, in seconds.
  private static let longestNetworkSeconds = 30.0

  /// Begins with a frame that was just decoded.
  ///
  /// - Parameters:
  ///   - arrived: When its packet had been read; `nil` takes the moment it was decoded.
  ///   - captured: When the camera says that it took the picture, in seconds since 1970.
  ///   - clock: The time of day now, in seconds since 1970.
  init(
    arrived: Instant? = nil, decoded: Instant = .now, captured: Double? = nil,
    clock: Double = Date().timeIntervalSince1970
  ) {
    self.arrived = min(arrived ?? decoded, decoded)
    self.decoded = decoded
    let arrivedClock = clock - (decoded - self.arrived) / .seconds(1)
    networkSeconds = captured.flatMap { Self.networkSeconds(captured: $0, arrived: arrivedClock) }
  }

  /// Begins with a frame that was just decoded.
  ///
  /// - Parameter capture: `nil` for files.
  init(_ capture: FrameCapture?) {
    self.init(
      arrived: capture?.arrival,
      captured: capture.flatMap { $0.isBySender ? $0.wallSeconds : nil })
  }

  /// How long a picture took from the camera to here, both told by clocks of their own; `nil` where the clocks
  /// do not agree well enough for the number to mean anything.
  ///
  /// A difference that is not negative may still hold an error of the clocks: nothing here can tell it from
  /// the network.
  ///
  /// - Parameters:
  ///   - captured: When the camera says that it took the picture, in seconds since 1970.
  ///   - arrived: When its packet was here, in seconds since 1970.
  static func networkSeconds(captured: Double, arrived: Double) -> Double? {
    let seconds = arrived - captured
    return (0...longestNetworkSeconds).contains(seconds) ? seconds : nil
  }

  /// How long a stage took, in seconds; `nil` where the frame did not go through it.
  func seconds(in stage: LatencyStage) -> Double? {
    switch stage {
    case .network: networkSeconds
    case .decode: Self.seconds(from: arrived, to: decoded)
    case .wait: Self.seconds(from: decoded, to: analysisBegan)
    case .detect: Self.seconds(from: analysisBegan, to: analyzed)
    case .queue: Self.seconds(from: analyzed, to: outputBegan)
    case .output: Self.seconds(from: outputBegan, to: written)
    }
  }

  /// From the camera, or from the arrival where no more is known, to the outputs, in seconds; `nil` before it got
  /// there.
  var endToEndSeconds: Double? {
    Self.seconds(from: arrived, to: written).map { $0 + (networkSeconds ?? 0) }
  }

  private static func seconds(from start: Instant?, to end: Instant?) -> Double? {
    guard let start, let end else { return nil }
    return max(0, (end - start) / .seconds(1))
  }
}
