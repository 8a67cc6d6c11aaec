import Foundation

/// The names of a recording's files, by the time at which each begins, in UTC.
struct SegmentNames {
  private let path: String
  /// Whether the time is that of the day; otherwise it counts from the beginning of the input.
  private let isTimeOfDay: Bool

  /// - Parameter path: May have conversions of strftime, such as `rec-%Y%m%dT%H%M%S.mp4`, also in names of
  ///   folders, which are made then; without any, the time is put in front of the ending.
  init(path: String, isTimeOfDay: Bool) {
    self.path = path.hasPrefix("file:") ? String(path.dropFirst("file:".count)) : path
    self.isTimeOfDay = isTimeOfDay
  }

  /// Whether a path says where the time goes.
  static func isPattern(_ path: String) -> Bool { path.contains("%") }

  /// The name for a file that begins at a moment.
  ///
  /// - Parameter seconds: Since 1970, or since the beginning of the input.
  func name(at seconds: Double) -> String {
    guard Self.isPattern(path) else {
      let time = formatted(isTimeOfDay ? "%Y%m%dT%H%M%SZ" : "%H%M%S", seconds)
      let (stem, ending) = split(path)
      return "\(stem)-\(time)\(ending)"
    }
    return formatted(path, seconds)
  }

  /// Creates an empty file of such a name, with a number where there is one already.
  ///
  /// - Returns: Its path.
  /// - Throws: `cannotWrite`.
  func reserve(at seconds: Double) throws(MediaError) -> String {
    let name = name(at: seconds)
    if let slash = name.lastIndex(of: "/"), Self.isPattern(path) {
      // What cannot be made is told when the file is opened.
      try? FileManager.default.createDirectory(
        atPath: String(name[..<slash]), withIntermediateDirectories: true)
    }
    let (stem, ending) = split(name)
    for number in 1... {
      let path = number == 1 ? name : "\(stem)-\(number)\(ending)"
      let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor >= 0 {
        close(descriptor)
        return path
      }
      guard errno == EEXIST else {
        throw .cannotWrite(path: path, reason: unsafe String(cString: strerror(errno)))
      }
    }
    return name
  }

  /// A path without its ending, and the ending with its dot.
  private func split(_ path: String) -> (stem: String, ending: String) {
    guard let dot = path.lastIndex(of: "."), dot > (path.lastIndex(of: "/") ?? path.startIndex)
    else { return (path, "") }
    return (String(path[..<dot]), String(path[dot...]))
  }

  private func formatted(_ pattern: String, _ seconds: Double) -> String {
    var time = time_t(seconds)
    var parts = unsafe tm()
    unsafe gmtime_r(&time, &parts)
    return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Self.longestName) {
      buffer in
      guard let base = buffer.baseAddress,
        unsafe strftime(base, Self.longestName, pattern, &parts) > 0
      else { return pattern }
      return unsafe String(cString: base)
    }
  }

  /// Linux's PATH_MAX.
  private static let longestName = 4096
}
