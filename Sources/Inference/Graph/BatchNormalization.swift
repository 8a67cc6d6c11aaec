/// Batch normalisation as trained (Ioffe and Szegedy, ICML 2015, algorithm 2), to be folded into the
/// convolution before it. One value per channel in each array.
package struct BatchNormalization: Sendable {
  package let scale: [Float]
  package let shift: [Float]
  package let mean: [Float]
  package let variance: [Float]

  /// Added to the variance: PyTorch's default, which the network was trained with.
  package static let epsilon = 1e-5

  /// - Precondition: all counts are the same, and no variance is negative.
  package init(scale: [Float], shift: [Float], mean: [Float], variance: [Float]) {
    precondition(Set([scale.count, shift.count, mean.count, variance.count]).count == 1)
    precondition(variance.allSatisfy { $0 >= 0 })
    self.scale = scale
    self.shift = shift
    self.mean = mean
    self.variance = variance
  }

  /// Weights and bias that compute convolution and normalisation at once.
  ///
  /// Worked out in double precision and rounded once.
  ///
  /// - Parameter weights: Those of a convolution without bias, output channels outermost.
  /// - Precondition: the number of channels divides the number of weights.
  package func folded(into weights: [Float]) -> (weights: [Float], bias: [Float]) {
    precondition(weights.count % scale.count == 0)
    let factors = zip(scale, variance).map { Double($0) / (Double($1) + Self.epsilon).squareRoot() }
    let perChannel = weights.count / scale.count
    let foldedWeights = weights.enumerated().map { index, weight in
      Float(Double(weight) * factors[index / perChannel])
    }
    let bias = factors.indices.map { channel in
      Float(Double(shift[channel]) - Double(mean[channel]) * factors[channel])
    }
    return (foldedWeights, bias)
  }
}
