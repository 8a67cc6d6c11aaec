/// What one step computes, for reports.
package struct StepDescription: Sendable {
  /// Those fused into it, in order; none for a sum of feature maps.
  package let convolutions: [ConvolutionShape]
  package let kernel: String

  package var multiplyAdds: Int { convolutions.reduce(0) { $0 + $1.multiplyAdds } }
}
