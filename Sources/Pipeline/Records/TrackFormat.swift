import Foundation

/// A file format of face tracks.
package enum TrackFormat: Sendable, Equatable {
  case jsonLines, csv, mot

  /// The format a path stands for: by its extension, JSON lines for `-`; `nil` for any other.
  package init?(path: String) {
    if path == "-" {
      self = .jsonLines
      return
    }
    switch URL(filePath: path).pathExtension.lowercased() {
    case "jsonl": self = .jsonLines
    case "csv": self = .csv
    case "txt": self = .mot
    default: return nil
    }
  }

  /// Appends what the file begins with.
  func appendHeader(_ header: RecordHeader, to text: inout TextBuffer) {
    switch self {
    case .jsonLines: text.appendJSONHeader(header)
    case .csv:
      text.append(header.width == nil ? CSVColumns.folderHeaderLine : CSVColumns.headerLine)
    case .mot: break
    }
  }

  /// Appends the lines of one frame.
  func append(_ record: FrameRecord, to text: inout TextBuffer) {
    switch self {
    case .jsonLines: text.appendJSONLine(record)
    case .csv: text.appendCSVLines(record)
    case .mot: text.appendMOTLines(record)
    }
  }
}
