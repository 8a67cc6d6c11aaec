import Foundation

/// What a plan's kernels read besides feature maps: packed weights, biases, slopes and tables.
///
/// Owns its memory from `init` to `deinit`; written only in `init`, therefore unchecked `Sendable`.
@safe
final class ConstantMemory: @unchecked Sendable {
  let base: UnsafePointer<Float>
  private let memory: UnsafeMutablePointer<Float>

  /// - Throws: `outOfMemory`.
  init(_ values: [Float]) throws(InferenceError) {
    let byteCount = max(values.count, 1) * MemoryLayout<Float>.stride
    var raw: UnsafeMutableRawPointer?
    let alignment = Workspace.alignment * MemoryLayout<Float>.stride
    guard unsafe posix_memalign(&raw, alignment, byteCount) == 0, let raw = unsafe raw
    else { throw .outOfMemory(bytes: byteCount) }
    unsafe memory = raw.bindMemory(to: Float.self, capacity: max(values.count, 1))
    for (index, value) in values.enumerated() { unsafe memory[index] = value }
    unsafe base = UnsafePointer(memory)
  }

  deinit { unsafe free(memory) }
}

/// Collects constants while a plan is made.
struct ConstantBuilder {
  private(set) var values: [Float] = []

  /// - Returns: The offset, a multiple of a cache line.
  mutating func append(_ floats: [Float]) -> Int {
    while values.count % Workspace.alignment != 0 { values.append(0) }
    defer { values += floats }
    return values.count
  }

  /// Whole numbers, as the bits of floats.
  mutating func append(_ integers: [Int]) -> Int {
    append(integers.map { Float(bitPattern: UInt32(bitPattern: Int32($0))) })
  }
}
