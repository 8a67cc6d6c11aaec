import Foundation

/// The most memory this process has had resident since a moment it chooses; Linux.
///
/// Source: proc(5), `/proc/self/clear_refs` (5 resets the peak) and `VmHWM` in `/proc/self/status`.
/// The peak is the whole process's: measure where nothing else runs, as in an exit test.
package struct PeakMemory {
  private let before: Int

  /// Is what is measured the program's own? Sanitizers add shadow memory and keep freed memory.
  package static let isMeaningful =
    unsafe dlsym(nil, "__asan_init") == nil && dlsym(nil, "__tsan_init") == nil

  /// Starts to measure.
  ///
  /// - Throws: When the kernel does not offer it.
  package init() throws {
    try Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
    before = try Self.current()
  }

  /// Bytes by which the peak is above what was resident at the start.
  package func growth() throws -> Int { try Self.current() - before }

  private static func current() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { throw CocoaError(.fileReadCorruptFile) }
    return kibibytes * 1024
  }
}
