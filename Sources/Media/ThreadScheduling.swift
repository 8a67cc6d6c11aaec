import Foundation

/// Keeps libraries from putting their threads before everything else on the machine.
///
/// SVT-AV1, where it may (as root), makes its threads and the one that opens it real-time ones: other cameras, the
/// page, even a shell would wait for it.
enum ThreadScheduling {
  /// Runs `body`, which may begin threads; they and this one are then scheduled as others are, if this one was before.
  static func keepingUsual<Result>(_ body: () -> Result) -> Result {
    guard sched_getscheduler(0) == SCHED_OTHER else { return body() }
    let before = Set(threads)
    let result = body()
    var usual = sched_param()
    usual.sched_priority = 0
    // 0 is this thread. One that has ended meanwhile is none to care for.
    for thread in [0] + threads.filter({ !before.contains($0) }) {
      _ = unsafe sched_setscheduler(thread, SCHED_OTHER, &usual)
    }
    return result
  }

  /// The kernel's numbers of this process's threads.
  private static var threads: [pid_t] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
    return names.compactMap { pid_t($0) }
  }
}
