import CProcessor
import Foundation
package import KernelInterface
import KernelsAVX2
import KernelsAVX512
import KernelsBFloat16
import KernelsPortable

/// The instructions a processor offers, as far as kernels exist for them.
package enum ProcessorLevel: String, CaseIterable, Sendable {
  /// What every processor of the architecture has.
  case portable
  /// x86-64-v3.
  case avx2
  /// x86-64-v4.
  case avx512

  /// Forces a level for the whole program, for tests and comparisons: `portable`, `avx2` or `avx512`.
  /// Ignored where the processor does not have it.
  package static let environmentVariable = "FACESTREAM_CPU_LEVEL"

  /// Those this processor has, the best last.
  package static let available: [ProcessorLevel] = allCases.filter { level in
    switch level {
    case .portable: true
    case .avx2: facestream_processor_has_v3() != 0
    case .avx512: facestream_processor_has_v4() != 0
    }
  }

  /// What runs unless somebody asks for another.
  package static let preferred: ProcessorLevel = {
    let forced = ProcessInfo.processInfo.environment[environmentVariable]
      .flatMap(ProcessorLevel.init(rawValue:))
    if let forced, available.contains(forced) { return forced }
    return available.last ?? .portable
  }()

  /// Those of `avx512` with products in bfloat16.
  static var bfloat16Kernels: KernelTable { KernelsBFloat16.kernelTable }

  package var kernels: KernelTable {
    switch self {
    case .portable: KernelsPortable.kernelTable
    case .avx2: KernelsAVX2.kernelTable
    case .avx512: KernelsAVX512.kernelTable
    }
  }
}
