/// What happens to a convolution's sums before they are stored.
package enum Activation: Equatable, Hashable, Sendable {
  case none
  case relu
  /// Negative values are multiplied by `slope`.
  case leakyReLU(slope: Float)

  /// What negative values are multiplied by; all three cases come down to this number.
  package var negativeSlope: Float {
    switch self {
    case .none: 1
    case .relu: 0
    case .leakyReLU(let slope): slope
    }
  }
}
