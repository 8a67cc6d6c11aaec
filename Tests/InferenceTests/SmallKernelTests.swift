import Inference
import Testing

@Suite("Batch normalisation")
struct BatchNormalizationTests {
  @Test("folded weights compute convolution and normalisation at once")
  func folds() {
    let normalization = BatchNormalization(
      scale: [2, 3], shift: [1, -1], mean: [5, 0.5], variance: [4 - 1e-5, 0.25 - 1e-5])
    let folded = normalization.folded(into: [1, 2, 3, 4])
    // Factors 2/√4 = 1 and 3/√0.25 = 6; biases 1 − 5·1 and −1 − 0.5·6. Float32 rounds the variances.
    #expect(zip(folded.weights, [1, 2, 18, 24]).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(zip(folded.bias, [-4, -4]).allSatisfy { abs($0 - $1) < 1e-5 })
  }
}

@Suite("Upsampled sum")
struct UpsampleAddTests {
  @Test("nearest rows and columns are added, in any proportion")
  func addsNearest() {
    let coarse: [Float] = [10, 20, 30, 40]
    for threads in 1...2 {
      #expect(
        sum(coarse, 2, 2, fineHeight: 4, fineWidth: 4, threads: threads) == [
          10, 11, 22, 23, 14, 15, 26, 27, 38, 39, 50, 51, 42, 43, 54, 55,
        ])
      // ⌊x · 2 / 3⌋ is 0, 0, 1.
      #expect(
        sum(coarse, 2, 2, fineHeight: 3, fineWidth: 3, threads: threads) == [
          10, 11, 22, 13, 14, 25, 36, 37, 48,
        ])
      #expect(sum([7], 1, 1, fineHeight: 1, fineWidth: 3, threads: threads) == [7, 8, 9])
    }
  }

  /// The fine map counts 0, 1, 2 ….
  private func sum(
    _ coarse: [Float], _ height: Int, _ width: Int, fineHeight: Int, fineWidth: Int, threads: Int
  ) -> [Float] {
    let fine = (0..<fineHeight * fineWidth).map(Float.init)
    var output = GuardedBuffer(count: fine.count)
    output.withSpan { output in
      addUpsampled(
        coarse.span, shape: TensorShape(channels: 1, height: height, width: width),
        to: fine.span, shape: TensorShape(channels: 1, height: fineHeight, width: fineWidth),
        output: &output, executor: TileExecutor(threads: threads))
    }
    #expect(output.guardsAreIntact)
    return output.values
  }
}

@Suite("Picture to planes")
struct PictureToPlanesTests {
  @Test("channels are parted, means subtracted, and the rest is zero")
  func partsChannels() {
    let picture: [UInt8] = [1, 2, 3, 4, 5, 6]
    var output = GuardedBuffer(count: 18)
    output.withSpan { output in
      subtractMeans(
        [1, 10, 100], from: picture.span, width: 2, height: 1, output: &output,
        shape: TensorShape(channels: 3, height: 2, width: 3), executor: TileExecutor(threads: 2))
    }
    #expect(output.guardsAreIntact)
    #expect(
      output.values == [0, 3, 0, 0, 0, 0, -8, -5, 0, 0, 0, 0, -97, -94, 0, 0, 0, 0])
  }
}
