package import Foundation
import Synchronization

/// Chromium without a window, with one page that stays open; told what to do by the DevTools protocol, through pipes.
///
/// Source: Chrome DevTools Protocol, domains Target, Runtime and Page.
package final class Browser: Sendable {
  private let folder: TemporaryFolder
  private let program: BackgroundProgram
  private let commands: FileHandle
  private let answers: FileHandle
  private let nextNumber = Atomic<Int>(1)
  private let session = Mutex<String?>(nil)
  private let unread = Mutex(Data())

  package struct NoAnswer: Error {}

  /// How long an answer is waited for, in milliseconds: the browser starts slowly on a busy machine.
  private static let patience: Int32 = 120_000

  /// Opens a page.
  package init(_ url: String, width: Int = 1280, height: Int = 900) throws {
    folder = try TemporaryFolder()
    commands = try Self.pipe(folder.path("commands"))
    answers = try Self.pipe(folder.path("answers"))
    program = try BackgroundProgram(
      "bash",
      [
        "-c", "exec chromium \"$@\" 3<commands 4>answers", "chromium", "--headless",
        "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
        "--window-size=\(width),\(height)", "--user-data-dir=\(folder.path("profile"))",
        "--remote-debugging-pipe",
      ], in: folder.url)
    let target = try ask("Target.createTarget", ["url": url])["targetId"] as? String
    let session = try ask(
      "Target.attachToTarget", ["targetId": target ?? "", "flatten": true])["sessionId"]
    self.session.withLock { $0 = session as? String }
  }

  /// Both ends at once: otherwise opening one waits for the other.
  private static func pipe(_ path: String) throws -> FileHandle {
    guard unsafe mkfifo(path, 0o600) == 0 else { throw NoAnswer() }
    let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw NoAnswer() }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// The value of a JavaScript expression in the page, as a text.
  package func text(_ expression: String) throws -> String {
    let answer = try ask(
      "Runtime.evaluate", ["expression": "String(\(expression))", "returnByValue": true])
    return (answer["result"] as? [String: Any])?["value"] as? String ?? ""
  }

  /// The text of the first element a CSS selector finds; empty where there is none.
  package func text(of selector: String) throws -> String {
    try text("(document.querySelector('\(selector)') || {}).textContent || ''")
  }

  /// What is seen of the page, as a PNG file.
  package func screenshot() throws -> Data {
    let answer = try ask("Page.captureScreenshot", [:])
    guard let text = answer["data"] as? String, let data = Data(base64Encoded: text) else {
      throw NoAnswer()
    }
    return data
  }

  /// Sends a command and waits for its result. Messages are JSON that ends with a zero byte.
  private func ask(_ method: String, _ parameters: [String: Any]) throws -> [String: Any] {
    let number = nextNumber.add(1, ordering: .relaxed).newValue
    var message: [String: Any] = ["id": number, "method": method, "params": parameters]
    if let session = session.withLock({ $0 }) { message["sessionId"] = session }
    try commands.write(contentsOf: JSONSerialization.data(withJSONObject: message) + [0])
    while true {
      let answer = try JSONSerialization.jsonObject(with: nextMessage()) as? [String: Any]
      // Events have no number.
      guard answer?["id"] as? Int == number else { continue }
      guard let result = answer?["result"] as? [String: Any] else { throw NoAnswer() }
      return result
    }
  }

  private func nextMessage() throws -> Data {
    while true {
      let message = unread.withLock { unread -> Data? in
        guard let end = unread.firstIndex(of: 0) else { return nil }
        defer { unread = Data(unread[(end + 1)...]) }
        return Data(unread[..<end])
      }
      if let message { return message }
      var waiting = pollfd(fd: answers.fileDescriptor, events: Int16(POLLIN), revents: 0)
      guard unsafe poll(&waiting, 1, Self.patience) == 1 else { throw NoAnswer() }
      let data = answers.availableData
      unread.withLock { $0 += data }
    }
  }
}
