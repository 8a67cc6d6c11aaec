internal import Media
internal import Yams

/// One key of the pipeline file and the option of the same name.
///
/// This table is the only place that knows which keys there are and what each accepts; files,
/// `--set` and the options of the commands all go through it.
struct ConfigurationKey: Sendable {
  /// Such as `detect.score`.
  let path: String
  /// Completes "give …".
  let accepted: String
  /// Sets the value; `false` when it is not accepted.
  let set: @Sendable (Node, inout Configuration) -> Bool

  private typealias Field<Value> = WritableKeyPath<Configuration, Value> & Sendable

  static let all: [ConfigurationKey] = [
    text("input", \.input, "a path, a URL, a device, - or lavfi:GRAPH"),
    ConfigurationKey(path: "name", accepted: "up to 64 letters, digits, - and _") {
      node, configuration in
      guard let name = node.scalar?.string, name.wholeMatch(of: /[A-Za-z0-9_-]{1,64}/) != nil else {
        return false
      }
      configuration.name = name
      return true
    },
    text("input-format", \.inputFormat, "the name of an FFmpeg input format"),
    list("output", \.outputs, "a path, a URL or -, or a list of them"),
    text("format", \.format, "the name of an FFmpeg output format"),
    segment,
    list("tracks", \.tracks, "a list of files ending in .jsonl, .csv or .txt"),
    text("tracks-from", \.tracksFrom, "a file of tracks ending in .jsonl"),
    flag("overwrite", \.overwrite),
    ConfigurationKey(path: "draw", accepted: "a list of \(names(Configuration.DrawnElement.self))")
    {
      node, configuration in
      guard let elements = drawnElements(node) else { return false }
      configuration.draw = elements
      return true
    },
    optionalNumber("focal", \.focal, 1...1e6, "a focal length from 1 to 1000000 pixels"),
    optionalInteger("threads", \.threads, 1...1024),
    integer("max-pixels", \.maximumPixels, 1...(1 << 30)),

    text("detect.model", \.detect.model, "a safetensors file"),
    ConfigurationKey(
      path: "detect.size", accepted: "a long side from 32 to 8192, WIDTHxHEIGHT, or source"
    ) { node, configuration in
      guard let text = node.scalar?.string, let size = Configuration.InputSize(text) else {
        return false
      }
      configuration.detect.size = size
      return true
    },
    number("detect.score", \.detect.score, 0...1, "a number from 0 to 1"),
    number("detect.nms", \.detect.nms, 0...1, "a number from 0 to 1"),
    optionalInteger("detect.max-faces", \.detect.maximumFaces, 1...100_000),
    number("detect.min-face", \.detect.minimumFace, 0...1e6, "a size from 0 to 1000000 pixels"),
    choice("detect.kernels", \.detect.kernels),
    choice("detect.quality", \.detect.quality),
    choice("detect.multi-scale", \.detect.multiScale),
    choice("detect.flip", \.detect.flip),
    choice("detect.tiles", \.detect.tiles),
    choice("detect.merging", \.detect.merging),
    ConfigurationKey(path: "detect.every", accepted: Configuration.DetectionInterval.accepted) {
      node, configuration in
      guard let text = node.scalar?.string, let interval = Configuration.DetectionInterval(text)
      else {
        return false
      }
      configuration.detect.every = interval
      return true
    },

    number("track.iou", \.track.iou, 0...1, "a number from 0 to 1"),
    number("track.low-score", \.track.lowScore, 0...1, "a number from 0 to 1"),
    integer("track.min-hits", \.track.minimumHits, 1...1000),
    number("track.lost-for", \.track.lostFor, 0...3600, "a number of seconds from 0 to 3600"),
    integer("track.lookahead", \.track.lookahead, 0...300),
    integer("track.min-track", \.track.minimumTrack, 1...301),
    choice("track.smoothing", \.track.smoothing),
    choice("track.camera-motion", \.track.cameraMotion),
    flag("track.reset-on-reconnect", \.track.resetsOnReconnect),

    number(
      "pose.ipd", \.pose.interpupillaryDistance, 20...120, "a distance from 20 to 120 mm"),
    choice("pose.smooth", \.pose.smooth),

    choice("redact.style", \.redact.style),
    choice("redact.shape", \.redact.shape),
    number("redact.scale", \.redact.scale, 0.5...10, "a number from 0.5 to 10"),
    integer("redact.extend", \.redact.extend, 0...300),
    choice("redact.on-failure", \.redact.onFailure),
    text("redact.report", \.redact.report, "a file of JSON lines"),

    text("crops.folder", \.crops.folder, "a folder"),
    integer("crops.per-track", \.crops.perTrack, 1...99),

    choice("live.input", \.live.input),
    number("live.timeout", \.live.timeout, 0.1...3600, "a number of seconds from 0.1 to 3600"),
    choice("live.rtsp-transport", \.live.rtspTransport),
    choice("live.reconnect", \.live.reconnect),
    number(
      "live.reconnect-delay", \.live.reconnectDelay, 0.1...3600,
      "a number of seconds from 0.1 to 3600"),
    optionalInteger("live.reconnect-attempts", \.live.reconnectAttempts, 1...1_000_000),
    optionalInteger("live.max-errors", \.live.maximumErrors, 0...1_000_000),
    flag("live.wait", \.live.waits),

    text("encode.codec", \.encode.codec, "the name of an FFmpeg encoder"),
    optionalNumber("encode.crf", \.encode.crf, 0...63, "a number from 0 to 63"),
    text("encode.preset", \.encode.preset, "the name of a preset of the encoder"),
    ConfigurationKey(
      path: "encode.bitrate", accepted: "bits per second such as 4000000, 4000k or 4M"
    ) { node, configuration in
      guard let text = node.scalar?.string, let bitrate = bitsPerSecond(text) else { return false }
      configuration.encode.bitrate = bitrate
      return true
    },
    text("encode.pixel-format", \.encode.pixelFormat, "the name of an FFmpeg pixel format"),
    optionalInteger("encode.encoder-threads", \.encode.threads, 1...128),

    integer("buffer.capacity", \.buffer.capacity, 1...1000),
    choice("buffer.when-full", \.buffer.whenFull),

    ConfigurationKey(
      path: "http", accepted: "an IP address and a port such as 127.0.0.1:8080, or a port"
    ) { node, configuration in
      guard let address = node.scalar.flatMap({ ListenAddress($0.string) }) else { return false }
      configuration.serving.address = address
      return true
    },
    text("http-token", \.serving.token, "a word that clients must present"),
  ]

  static func named(_ path: String) -> ConfigurationKey? {
    all.first { $0.path == path }
  }

  /// Keys that count for the whole process: what the inputs of a pipeline file have in common.
  private static let shared: Set = [
    "threads", "detect.model", "detect.kernels", "http", "http-token",
  ]

  /// Whether all inputs of a pipeline file have this key in common.
  var isShared: Bool { Self.shared.contains(path) }

  /// The keys and sections directly below a section, `""` for the top.
  static func names(below section: String) -> [String] {
    let prefix = section.isEmpty ? "" : section + "."
    var result: [String] = []
    for key in all where key.path.hasPrefix(prefix) {
      let rest = key.path.dropFirst(prefix.count)
      let name = String(rest.prefix { $0 != "." })
      if !result.contains(name) { result.append(name) }
    }
    return result
  }

  /// What may be set in a section, `""` for the top.
  ///
  /// - Parameter place: The entry of `inputs` it is a section of; `nil` for what counts for all.
  static func names(below section: String, in place: String?) -> [String] {
    let names = names(below: section)
    if place == nil { return names }
    let prefix = section.isEmpty ? "" : section + "."
    return names.filter { !(named(prefix + $0)?.isShared ?? false) }
  }
}

extension ConfigurationKey {
  private static func text(
    _ path: String, _ field: any Field<String?>, _ accepted: String
  ) -> ConfigurationKey {
    ConfigurationKey(path: path, accepted: accepted) { node, configuration in
      guard let text = node.scalar?.string, !text.isEmpty else { return false }
      configuration[keyPath: field] = text
      return true
    }
  }

  private static func list(
    _ path: String, _ field: any Field<[String]>, _ accepted: String
  ) -> ConfigurationKey {
    ConfigurationKey(path: path, accepted: accepted) { node, configuration in
      guard let texts = strings(node), texts.allSatisfy({ !$0.isEmpty }) else { return false }
      configuration[keyPath: field] = texts
      return true
    }
  }

  private static func flag(_ path: String, _ field: any Field<Bool>) -> ConfigurationKey {
    ConfigurationKey(path: path, accepted: "true or false") { node, configuration in
      guard let value = node.bool else { return false }
      configuration[keyPath: field] = value
      return true
    }
  }

  private static func number(
    _ path: String, _ field: any Field<Double>, _ range: ClosedRange<Double>, _ accepted: String
  ) -> ConfigurationKey {
    ConfigurationKey(path: path, accepted: accepted) { node, configuration in
      guard let value = node.float, range.contains(value) else { return false }
      configuration[keyPath: field] = value
      return true
    }
  }

  private static func optionalNumber(
    _ path: String, _ field: any Field<Double?>, _ range: ClosedRange<Double>, _ accepted: String
  ) -> ConfigurationKey {
    ConfigurationKey(path: path, accepted: accepted) { node, configuration in
      guard let value = node.float, range.contains(value) else { return false }
      configuration[keyPath: field] = value
      return true
    }
  }

  private static func integer(
    _ path: String, _ field: any Field<Int>, _ range: ClosedRange<Int>
  ) -> ConfigurationKey {
    ConfigurationKey(path: path, accepted: whole(range)) { node, configuration in
      guard let value = node.int, range.contains(value) else { return false }
      configuration[keyPath: field] = value
      return true
    }
  }

  private static func optionalInteger(
    _ path: String, _ field: any Field<Int?>, _ range: ClosedRange<Int>
  ) -> ConfigurationKey {
    ConfigurationKey(path: path, accepted: whole(range)) { node, configuration in
      guard let value = node.int, range.contains(value) else { return false }
      configuration[keyPath: field] = value
      return true
    }
  }

  private static func choice<Value: RawRepresentable<String> & CaseIterable & Sendable>(
    _ path: String, _ field: any Field<Value>
  ) -> ConfigurationKey {
    ConfigurationKey(path: path, accepted: names(Value.self)) { node, configuration in
      guard let value = node.scalar.flatMap({ Value(rawValue: $0.string) }) else { return false }
      configuration[keyPath: field] = value
      return true
    }
  }

  private static func whole(_ range: ClosedRange<Int>) -> String {
    "a whole number from \(range.lowerBound) to \(range.upperBound)"
  }

  private static func names<Value: RawRepresentable<String> & CaseIterable>(
    _ type: Value.Type
  ) -> String {
    Value.allCases.map(\.rawValue).joined(separator: ", ")
  }

  /// A sequence of scalars, or one scalar as a list of one.
  private static func strings(_ node: Node) -> [String]? {
    if let scalar = node.scalar { return [scalar.string] }
    guard let sequence = node.sequence else { return nil }
    let texts = sequence.compactMap(\.scalar?.string)
    return texts.count == sequence.count ? texts : nil
  }

  /// `boxes,ids` or `[boxes, ids]`; `none` stands alone.
  private static func drawnElements(_ node: Node) -> [Configuration.DrawnElement]? {
    guard let texts = strings(node) else { return nil }
    let names = texts.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
    let elements = names.compactMap { Configuration.DrawnElement(rawValue: String($0)) }
    guard elements.count == names.count, !elements.isEmpty else { return nil }
    return elements.contains(.none) && elements.count > 1 ? nil : elements
  }

  /// `4000000`, `4000k`, `4M` (decimal multiples, as FFmpeg reads them).
  private static func bitsPerSecond(_ text: String) -> Int? {
    let factors: [Character: Double] = ["k": 1e3, "K": 1e3, "M": 1e6]
    let factor = text.last.flatMap { factors[$0] }
    guard let value = Double(factor == nil ? text : String(text.dropLast())) else { return nil }
    let bits = value * (factor ?? 1)
    return (1...1e10).contains(bits) ? Int(bits) : nil
  }
}
