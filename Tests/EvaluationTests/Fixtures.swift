import Foundation
import Testing

/// The files made by `tools/make-evaluation-fixtures`.
enum Fixtures {
  static func path(_ name: String) throws -> String {
    try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
      .appending(path: name).path
  }
}
