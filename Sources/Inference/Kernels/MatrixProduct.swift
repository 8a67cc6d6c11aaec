import COpenBLAS

/// Single-precision matrix products through OpenBLAS.
enum MatrixProduct {
  /// Keeps OpenBLAS from starting threads: tiles are our only parallelism. Runs once, when the first
  /// convolution is planned.
  static let prepare: Void = openblas_set_num_threads(1)

  /// Computes C = A·B for row-major matrices: A is `rows` × `inner`, B is `inner` × `columns`.
  ///
  /// C is only written, never read.
  static func multiply(
    rows: Int, columns: Int, inner: Int,
    a: UnsafePointer<Float>, b: UnsafePointer<Float>, bStride: Int,
    c: UnsafeMutablePointer<Float>, cStride: Int
  ) {
    unsafe cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(rows), blasint(columns), blasint(inner), 1,
      a, blasint(inner), b, blasint(bStride), 0, c, blasint(cStride))
  }
}
