/// Huber's loss of the distance between a landmark and where the template puts it: the square up to
/// a threshold, a straight line with the same slope from there on. One landmark that is far off,
/// such as a hidden eye, then pulls with a bounded force; landmarks that scatter as expected count as
/// by least squares.
///
/// Source: Huber, "Robust estimation of a location parameter", 1964.
struct HuberLoss {
  /// In pixels.
  let threshold: Double

  /// - Parameter noise: Expected standard deviation of a landmark coordinate in pixels. The pose takes
  ///   up six of the ten coordinates, so residuals deviate by √0.4 of that; the threshold is the
  ///   distance within which 95 % of them lie: √5.99 such deviations, by the chi-squared distribution
  ///   with two degrees of freedom.
  init(noise: Double) {
    threshold = (0.4 * 5.9915).squareRoot() * noise
  }

  /// The loss in px².
  ///
  /// - Parameter squaredDistance: In px².
  func cost(_ squaredDistance: Double) -> Double {
    guard squaredDistance > threshold * threshold else { return squaredDistance }
    return threshold * (2 * squaredDistance.squareRoot() - threshold)
  }

  /// By what the square is multiplied to have the loss's derivative at this distance, 0 to 1.
  func weight(_ squaredDistance: Double) -> Double {
    guard squaredDistance > threshold * threshold else { return 1 }
    return threshold / squaredDistance.squareRoot()
  }
}
