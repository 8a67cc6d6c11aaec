import Foundation

/// What doing something once cost.
struct StageCost {
  var milliseconds: Double
  /// Allocations of our own code; `nil` where nobody counts them.
  var allocations: Int?

  static let none = StageCost(
    milliseconds: 0, allocations: AllocationCounter.shared == nil ? nil : 0)

  static func += (sum: inout StageCost, cost: StageCost) {
    sum.milliseconds += cost.milliseconds
    if let allocations = cost.allocations { sum.allocations = (sum.allocations ?? 0) + allocations }
  }
}

/// Does something and tells what it cost.
func cost<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) -> StageCost {
  let before = AllocationCounter.shared?.count()
  let milliseconds = try elapsedMilliseconds(body)
  let after = AllocationCounter.shared?.count()
  return StageCost(
    milliseconds: milliseconds,
    allocations: after.flatMap { after in before.map { after - $0 } })
}

/// The counter of heap allocations that `tools/count-allocations` puts into the process.
struct AllocationCounter {
  /// Heap allocations made by this program and the Swift runtime so far, on all threads; those made by
  /// FFmpeg and other libraries for themselves are left out.
  let count: @convention(c) () -> Int

  /// `nil` where the program was not started by the tool.
  static let shared: AllocationCounter? = {
    guard let symbol = unsafe dlsym(nil, "facestream_own_allocations") else { return nil }
    return unsafe AllocationCounter(
      count: unsafeBitCast(symbol, to: (@convention(c) () -> Int).self))
  }()
}
