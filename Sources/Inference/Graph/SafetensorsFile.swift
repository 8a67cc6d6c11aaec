package import Foundation

/// A safetensors file in memory: named tensors, read on demand.
///
/// Source: https://github.com/huggingface/safetensors, section "Format": eight bytes of
/// little-endian header length, a JSON header, then the tensors without gaps. A file that breaks
/// any rule of it is refused as a whole; a tensor that is not finite float32 is refused when read.
package struct SafetensorsFile: Sendable {
  /// Name and shape of one tensor, shapes outermost first.
  package struct TensorDescription: Equatable, Sendable {
    package let name: String
    package let shape: [Int]
  }

  /// What the file is called in errors.
  package let path: String
  /// The whole file.
  package let data: Data
  /// In the order of the header.
  package let tensors: [TensorDescription]
  /// The header's `__metadata__`.
  package let metadata: [String: String]

  private let entries: [String: SafetensorsHeader.Entry]
  private let dataStart: Int

  /// Room for some 20,000 tensors; the format's own implementation takes 100 MB. What is kept of a
  /// header can need fifteen times its bytes (short metadata keys, in a table that grows by
  /// doubling), so the limit keeps hostile headers well below 64 MiB.
  private static let maximumHeaderByteCount = 2 << 20
  private static let lengthByteCount = 8

  /// Reads a file. Its size is judged by the header's length before anything large is read, so that
  /// a film given by mistake is refused at once.
  ///
  /// - Throws: `cannotRead`, `notSafetensors`.
  package init(path: String) throws(InferenceError) {
    try self.init(data: Self.read(path), path: path)
  }

  /// Uses bytes already in memory; `path` names them in errors.
  ///
  /// - Throws: `notSafetensors`.
  package init(data: Data, path: String) throws(InferenceError) {
    let headerByteCount = try Self.headerByteCount(
      start: data.prefix(Self.lengthByteCount), fileByteCount: data.count, path: path)
    let dataStart = Self.lengthByteCount + headerByteCount
    let json = data.dropFirst(Self.lengthByteCount).prefix(headerByteCount)
    let header: SafetensorsHeader
    do throws(SafetensorsHeader.Defect) {
      header = try SafetensorsHeader(
        json: [UInt8](json), dataByteCount: data.count - dataStart)
    } catch {
      throw .notSafetensors(path: path, reason: error.reason)
    }
    self.path = path
    self.data = data
    self.dataStart = dataStart
    metadata = header.metadata
    tensors = header.entries.map { TensorDescription(name: $0.name, shape: $0.shape) }
    entries = Dictionary(uniqueKeysWithValues: header.entries.map { ($0.name, $0) })
  }

  /// The shape of a tensor, `nil` when the file has none of that name.
  package func shape(of name: String) -> [Int]? { entries[name]?.shape }

  /// The elements of a tensor, outermost axis first.
  ///
  /// - Throws: `missingTensor`; `unusableTensor` for other types than float32 and for values that
  ///   are not finite.
  package func floats(of name: String) throws(InferenceError) -> [Float] {
    guard let entry = entries[name] else { throw .missingTensor(path: path, tensor: name) }
    guard entry.dataType == .f32 else {
      throw .unusableTensor(
        path: path, tensor: name,
        reason: "its data type is \(entry.dataType.rawValue), only F32 is supported")
    }
    var values: [Float] = []
    values.reserveCapacity((entry.end - entry.begin) / 4)
    let first = data.startIndex + dataStart
    for offset in stride(from: first + entry.begin, to: first + entry.end, by: 4) {
      let bits =
        UInt32(data[offset]) | UInt32(data[offset + 1]) << 8 | UInt32(data[offset + 2]) << 16
        | UInt32(data[offset + 3]) << 24
      let value = Float(bitPattern: bits)
      guard value.isFinite else {
        throw .unusableTensor(
          path: path, tensor: name, reason: "element \(values.count) is not a finite number")
      }
      values.append(value)
    }
    return values
  }

  private static func headerByteCount(
    start: Data, fileByteCount: Int, path: String
  ) throws(InferenceError) -> Int {
    // A device can have bytes to read and yet no size.
    guard start.count == lengthByteCount, fileByteCount >= lengthByteCount else {
      throw .notSafetensors(path: path, reason: "it has only \(fileByteCount) bytes")
    }
    let length = start.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(fileByteCount - lengthByteCount) else {
      throw .notSafetensors(
        path: path,
        reason: "its header is said to take \(length) bytes of a file of \(fileByteCount)")
    }
    guard length <= UInt64(maximumHeaderByteCount) else {
      throw .notSafetensors(
        path: path,
        reason: "its header takes \(length) bytes, only \(maximumHeaderByteCount) are supported")
    }
    return Int(length)
  }

  private static func read(_ path: String) throws(InferenceError) -> Data {
    do {
      let file = try FileHandle(forReadingFrom: URL(filePath: path))
      let fileByteCount = Int(clamping: try file.seekToEnd())
      try file.seek(toOffset: 0)
      let start = try file.read(upToCount: lengthByteCount) ?? Data()
      _ = try headerByteCount(start: start, fileByteCount: fileByteCount, path: path)
      try file.seek(toOffset: 0)
      return try file.read(upToCount: fileByteCount) ?? Data()
    } catch let error as InferenceError {
      throw error
    } catch CocoaError.fileReadNoSuchFile, CocoaError.fileNoSuchFile {
      throw .cannotRead(path: path, reason: "there is no such file")
    } catch CocoaError.fileReadNoPermission {
      throw .cannotRead(path: path, reason: "reading it is not permitted")
    } catch {
      throw .cannotRead(path: path, reason: "it is not a readable regular file")
    }
  }
}
