package import Foundation

/// Programs that ask a web server, as users have them.
package enum WebClients {
  /// Why tests with a browser are skipped; `nil` when Chromium is installed.
  package static let missingBrowser = reasonWithout("chromium", package: "chromium")
  /// Why tests with Prometheus' own checker are skipped.
  package static let missingPromtool = reasonWithout("promtool", package: "prometheus")
  /// Why tests with Prometheus' Python client are skipped.
  package static let missingPrometheusClient: String? = {
    let result = try? runProcess("/usr/bin/python3", ["-c", "import prometheus_client"])
    return result?.status == 0 ? nil : "python3-prometheus-client is not installed"
  }()

  private static func reasonWithout(_ program: String, package: String) -> String? {
    let result = try? runProcess("which", [program])
    return result?.status == 0 ? nil : "\(program) is not installed (Debian package \(package))"
  }

  /// What a server answered.
  package struct Answer: Sendable {
    /// 0 when there was none.
    package var status: Int
    /// By name in lower case.
    package var headers: [String: String]
    package var body: Data

    package var text: String { String(decoding: body, as: UTF8.self) }
  }

  /// Asks with `curl`.
  ///
  /// - Parameter seconds: After which the connection is closed; what came until then counts.
  package static func ask(
    _ url: String, _ arguments: [String] = [], seconds: Int = 10
  ) throws -> Answer {
    let result = try runProcess(
      "curl",
      ["--silent", "--no-buffer", "--globoff", "--include", "--max-time", "\(seconds)"] + arguments
        + [url])
    let data = result.standardOutput
    guard let end = data.range(of: Data("\r\n\r\n".utf8)) else {
      return Answer(status: 0, headers: [:], body: Data())
    }
    let lines = String(decoding: data[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      headers[parts[0].lowercased()] = parts.last?.trimmingCharacters(in: .whitespaces)
    }
    let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    return Answer(status: status ?? 0, headers: headers, body: Data(data[end.upperBound...]))
  }

  /// Opens a page in Chromium without a window, and lets it run for some seconds of its own time.
  ///
  /// - Parameter arguments: What to do then, such as `--dump-dom`.
  package static func browse(_ url: String, _ arguments: [String]) throws -> ProcessResult {
    let profile = try TemporaryFolder()
    return try runProcess(
      "timeout",
      [
        "90", "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--hide-scrollbars", "--user-data-dir=\(profile.path("profile"))",
        "--virtual-time-budget=5000",
      ] + arguments + [url])
  }
}
