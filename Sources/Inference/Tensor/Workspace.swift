import Foundation

/// The one block of memory a plan's run writes: feature maps at offsets fixed by the plan, then the
/// kernels' scratch.
///
/// Owns its memory from `init` to `deinit`. One run at a time; a plan may have many workspaces.
///
/// Unchecked because of the pointer. What guards it: nothing else points to the memory, the owner
/// cannot be copied, and the compiler allows one mutating access at a time.
@safe
package struct Workspace: ~Copyable, @unchecked Sendable {
  private let base: UnsafeMutablePointer<Float>
  /// In floats.
  package let count: Int

  /// Regions begin at multiples of this many floats: a cache line of 64 bytes.
  package static let alignment = 16

  /// The size of a large page on x86-64 and, usually, arm64.
  private static let hugePage = 1 << 21

  /// Fills the memory with NaN, so that an element read before it is written shows in the results.
  ///
  /// - Throws: `outOfMemory`.
  package init(count: Int) throws(InferenceError) {
    let byteCount = max(count, 1) * MemoryLayout<Float>.stride
    var memory: UnsafeMutableRawPointer?
    // Large workspaces in large pages: feature maps of many channels touch many pages at once.
    let isLarge = byteCount >= Self.hugePage
    let alignment = isLarge ? Self.hugePage : Self.alignment * MemoryLayout<Float>.stride
    guard unsafe posix_memalign(&memory, alignment, byteCount) == 0, let memory = unsafe memory
    else { throw .outOfMemory(bytes: byteCount) }
    // Only a hint: without it everything works as well, but slower.
    if isLarge { unsafe madvise(memory, byteCount, MADV_HUGEPAGE) }
    unsafe base = memory.bindMemory(to: Float.self, capacity: max(count, 1))
    unsafe base.initialize(repeating: .nan, count: max(count, 1))
    self.count = count
  }

  deinit { unsafe free(base) }

  /// `offset` rounded up to where a region may begin.
  static func aligned(_ offset: Int) -> Int { (offset + alignment - 1) / alignment * alignment }

  private borrowing func contains(_ region: Range<Int>) -> Bool {
    region.lowerBound >= 0 && region.upperBound <= count
  }

  /// - Precondition: `region` lies in the workspace.
  borrowing func withRegion<Result>(
    _ region: Range<Int>, _ body: (Span<Float>) -> Result
  ) -> Result {
    precondition(contains(region))
    let buffer = unsafe UnsafeBufferPointer(start: base + region.lowerBound, count: region.count)
    return body(unsafe buffer.span)
  }

  /// - Precondition: `region` lies in the workspace.
  mutating func withMutableRegion(
    _ region: Range<Int>, _ body: (inout MutableSpan<Float>) -> Void
  ) {
    precondition(contains(region))
    let buffer = unsafe UnsafeMutableBufferPointer(
      start: base + region.lowerBound, count: region.count)
    var span = unsafe buffer.mutableSpan
    body(&span)
  }

  /// Lends all of it to kernels whose plan has placed everything they touch.
  mutating func withBase(_ body: (UnsafeMutablePointer<Float>) -> Void) {
    unsafe body(base)
  }

  /// Lends what a layer reads, what it writes, and its scratch memory.
  ///
  /// - Precondition: the regions lie in the workspace, and those written overlap no other.
  mutating func withRegions(
    reading first: Range<Int>, and second: Range<Int>, writing output: Range<Int>,
    scratch: Range<Int>,
    _ body: (Span<Float>, Span<Float>, inout MutableSpan<Float>, inout MutableSpan<Float>) -> Void
  ) {
    precondition(contains(first) && contains(second) && contains(output) && contains(scratch))
    precondition(!first.overlaps(output) && !second.overlaps(output) && !scratch.overlaps(output))
    precondition(!scratch.overlaps(first) && !scratch.overlaps(second))
    // Safe: the regions lie in the workspace, and those lent for writing are lent only once.
    let firstBuffer = unsafe UnsafeBufferPointer(start: base + first.lowerBound, count: first.count)
    let secondBuffer = unsafe UnsafeBufferPointer(
      start: base + second.lowerBound, count: second.count)
    let outputBuffer = unsafe UnsafeMutableBufferPointer(
      start: base + output.lowerBound, count: output.count)
    let scratchBuffer = unsafe UnsafeMutableBufferPointer(
      start: base + scratch.lowerBound, count: scratch.count)
    var outputSpan = unsafe outputBuffer.mutableSpan
    var scratchSpan = unsafe scratchBuffer.mutableSpan
    body(unsafe firstBuffer.span, unsafe secondBuffer.span, &outputSpan, &scratchSpan)
  }
}
