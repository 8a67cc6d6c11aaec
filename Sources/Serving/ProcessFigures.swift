import Foundation

/// What the system says of this process, from `/proc/self` (proc(5)); `nil` where it does not say.
struct ProcessFigures {
  /// Of all threads, in user and kernel mode.
  var cpuSeconds: Double?
  var residentBytes: Double?
  var virtualBytes: Double?
  var threads: Double?
  /// Seconds since 1970.
  var startSeconds: Double?
  var openFiles: Double?
  var maximumOpenFiles: Double?

  init() {
    let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
    let pageSize = Double(sysconf(Int32(_SC_PAGESIZE)))
    // The name of the program stands in parentheses and may hold anything; fields follow from the third.
    if let stat = Self.text("/proc/self/stat"), let end = stat.lastIndex(of: ")") {
      let fields = stat[stat.index(after: end)...].split(separator: " ").map { Double($0) }
      func field(_ number: Int) -> Double? {
        fields.indices.contains(number - 3) ? fields[number - 3] : nil
      }
      if let user = field(14), let system = field(15) { cpuSeconds = (user + system) / ticks }
      threads = field(20)
      virtualBytes = field(23)
      residentBytes = field(24).map { $0 * pageSize }
      if let start = field(22), let boot = Self.bootSeconds { startSeconds = boot + start / ticks }
    }
    openFiles = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))
      .map { Double($0.count) }
    var limit = rlimit()
    if unsafe getrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit) == 0 {
      maximumOpenFiles = Double(limit.rlim_cur)
    }
  }

  /// When the machine started, in seconds since 1970.
  private static let bootSeconds: Double? = {
    let lines = text("/proc/stat")?.split(separator: "\n")
    return lines?.first { $0.hasPrefix("btime ") }?.split(separator: " ").last.flatMap {
      Double($0)
    }
  }()

  private static func text(_ path: String) -> String? {
    try? String(contentsOfFile: path, encoding: .utf8)
  }
}
