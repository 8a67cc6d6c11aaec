import Foundation

/// How many processors this process may really use: its affinity mask, cut by the quota of its
/// control group (cgroup v2 `cpu.max`, or v1 `cpu.cfs_quota_us`), at least 1.
package func availableProcessors() -> Int { availableProcessors(root: "") }

/// - Parameter root: The folder that holds `proc` and `sys`; tests have one of their own.
func availableProcessors(root: String) -> Int {
  // Foundation's count is that of the machine.
  let allowed = affinity(root: root) ?? ProcessInfo.processInfo.activeProcessorCount
  guard let quota = controlGroupQuota(root: root) else { return max(1, allowed) }
  return max(1, min(allowed, Int(quota.rounded(.up))))
}

/// Processors of the affinity mask, `nil` when the system does not say.
private func affinity(root: String) -> Int? {
  let field = "Cpus_allowed_list:"
  let lines = text(root + "/proc/self/status")?.split(separator: "\n")
  guard let line = lines?.first(where: { $0.hasPrefix(field) }) else { return nil }
  // Such as "0-3,8": the list format of cpuset(7).
  var count = 0
  for range in line.dropFirst(field.count).split(separator: ",") {
    let ends = range.split(separator: "-").map {
      Int($0.trimmingCharacters(in: .whitespaces))
    }
    guard let first = ends.first ?? nil, let last = ends.last ?? nil, last >= first else {
      return nil
    }
    count += last - first + 1
  }
  return count > 0 ? count : nil
}

/// Processors' worth of time the control group may use, `nil` without a limit.
private func controlGroupQuota(root: String) -> Double? {
  let base = root + "/sys/fs/cgroup"
  // The smallest of the group's own limit and those of the groups around it.
  var quotas: [Double] = []
  var group = text(root + "/proc/self/cgroup")?.split(separator: "\n")
    .first { $0.hasPrefix("0::") }.map { String($0.dropFirst("0::".count)) }
  while let path = group {
    if let quota = unifiedQuota(folder: base + path) { quotas.append(quota) }
    group = path.isEmpty || path == "/" ? nil : (path as NSString).deletingLastPathComponent
  }
  if let quota = unifiedQuota(folder: base) { quotas.append(quota) }
  func number(_ file: String) -> Double? {
    text(base + "/cpu/" + file).flatMap {
      Double($0.trimmingCharacters(in: .whitespacesAndNewlines))
    }
  }
  if let quota = number("cpu.cfs_quota_us"), let period = number("cpu.cfs_period_us"), quota > 0,
    period > 0
  {
    quotas.append(quota / period)
  }
  return quotas.min()
}

/// The limit in a folder's `cpu.max`, which holds "QUOTA PERIOD" or "max PERIOD".
private func unifiedQuota(folder: String) -> Double? {
  guard let limits = text(folder + "/cpu.max")?.split(whereSeparator: \.isWhitespace),
    limits.count == 2, let quota = Double(limits[0]), let period = Double(limits[1]), quota > 0,
    period > 0
  else { return nil }
  return quota / period
}

private func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
