import Foundation

/// How many processors this process may really use: its affinity mask, cut by the quota of its
/// control group (cgroup v2 `cpu.max`, or v1 `cpu.cfs_quota_us`), at least 1.
package func availableProcessors() -> Int {
  // Foundation counts the processors of the affinity mask.
  let allowed = ProcessInfo.processInfo.activeProcessorCount
  guard let quota = controlGroupQuota() else { return max(1, allowed) }
  return max(1, min(allowed, Int(quota.rounded(.up))))
}

/// Processors' worth of time the control group may use, `nil` without a limit.
private func controlGroupQuota() -> Double? {
  func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
  if let limits = text("/sys/fs/cgroup/cpu.max")?.split(whereSeparator: \.isWhitespace),
    limits.count == 2, let quota = Double(limits[0]), let period = Double(limits[1]), period > 0
  {
    return quota / period
  }
  let folder = "/sys/fs/cgroup/cpu/"
  func number(_ file: String) -> Double? {
    text(folder + file).flatMap { Double($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }
  if let quota = number("cpu.cfs_quota_us"), let period = number("cpu.cfs_period_us"), quota > 0,
    period > 0
  {
    return quota / period
  }
  return nil
}
