import Detection
import Foundation
import Imaging
import Inference
import Testing

@Suite("Box decoder")
struct BoxDecoderTests {
  private let anchor = AnchorGrid.Anchor(centerX: 100, centerY: 50, width: 16, height: 32)

  @Test("zero regressions give the anchor itself")
  func zeroIsTheAnchor() {
    #expect(
      BoxDecoder.box(dx: 0, dy: 0, dw: 0, dh: 0, anchor: anchor)
        == BoundingBox(minX: 92, minY: 34, maxX: 108, maxY: 66))
    #expect(BoxDecoder.point(dx: 0, dy: 0, anchor: anchor) == Point(x: 100, y: 50))
  }

  @Test("offsets count tenths of the anchor, sizes fifths of a logarithm")
  func handWorked() {
    let doubled = Float(5 * log(2.0))
    let box = BoxDecoder.box(dx: 5, dy: -10, dw: doubled, dh: -doubled, anchor: anchor)
    // Centre (100 + 0.5 · 16, 50 − 1 · 32), width 16 · 2, height 32 / 2.
    #expect(abs(box.minX - 92) < 1e-4)
    #expect(abs(box.maxX - 124) < 1e-4)
    #expect(abs(box.minY - 10) < 1e-4)
    #expect(abs(box.maxY - 26) < 1e-4)
    #expect(BoxDecoder.point(dx: -5, dy: 2.5, anchor: anchor) == Point(x: 92, y: 58))
  }

  @Test("the score is the softmax of both logits")
  func scores() {
    #expect(BoxDecoder.score(background: 3, face: 3) == 0.5)
    #expect(abs(BoxDecoder.score(background: 1, face: 1 + log(3)) - 0.75) < 1e-6)
    #expect(BoxDecoder.score(background: 500, face: -500) == 0)
    #expect(BoxDecoder.score(background: -500, face: 500) == 1)
    #expect(abs(BoxDecoder.logitDifference(for: 0.75) - log(3)) < 1e-6)
    #expect(BoxDecoder.logitDifference(for: 0) == -.infinity)
    #expect(BoxDecoder.logitDifference(for: 1) == .infinity)
  }
}

@Suite("Head decoder")
struct HeadDecoderTests {
  /// Outputs of one level of 2 rows and 3 columns in which no anchor is a face.
  private struct Outputs {
    let anchors = AnchorGrid(inputWidth: 24, inputHeight: 16)
    var values = [Float](repeating: 0, count: RetinaFaceNetwork.HeadChannels.count * 6)

    init() { for cell in 0..<12 { values[cell / 6 * 12 + cell % 6] = 10 } }

    subscript(channel: Int, cell: Int) -> Float {
      get { values[channel * 6 + cell] }
      set { values[channel * 6 + cell] = newValue }
    }

    func decode(above threshold: Float = 0.5) -> [Detection] {
      var detections: [Detection] = []
      let layout = FeatureLayout.planar(
        TensorShape(channels: RetinaFaceNetwork.HeadChannels.count, height: 2, width: 3))
      HeadDecoder(level: anchors.levels[0], anchors: anchors, scoreThreshold: threshold)
        .decode(values.span, layout: layout) { detections.append($0) }
      return detections
    }
  }

  @Test("channels of an anchor are found where the network puts them")
  func readsChannels() {
    var outputs = Outputs()
    #expect(outputs.decode().isEmpty)
    // Cell 4 is row 1, column 1: centre (12, 12). Anchor 1, 32 pixels.
    outputs[2, 4] = 1
    outputs[3, 4] = 1 + log(3)
    outputs[8, 4] = 2.5  // dx
    outputs[22, 4] = 1.25  // dx of the left eye
    outputs[31, 4] = -1.25  // dy of the right mouth corner
    let detections = outputs.decode()
    #expect(detections.count == 1)
    #expect(detections.first?.box == BoundingBox(minX: 4, minY: -4, maxX: 36, maxY: 28))
    #expect(detections.first.map { abs($0.score - 0.75) < 1e-6 } == true)
    #expect(detections.first?.landmarks.leftEye == Point(x: 16, y: 12))
    #expect(detections.first?.landmarks.noseTip == Point(x: 12, y: 12))
    #expect(detections.first?.landmarks.rightMouthCorner == Point(x: 12, y: 8))
  }

  @Test("a score at the threshold is no face, one above it is")
  func thresholdIsExclusive() {
    var outputs = Outputs()
    outputs[0, 0] = 2
    outputs[1, 0] = 2
    #expect(outputs.decode(above: 0.5).isEmpty)
    #expect(outputs.decode(above: 0.4999).count == 1)
    #expect(outputs.decode(above: 0).count == 12)
    #expect(outputs.decode(above: 1).isEmpty)
  }

  @Test("numbers that are not finite never become a face", arguments: [Float.nan, .infinity])
  func dropsNonFinite(value: Float) {
    for channel in 0..<32 {
      for sign in [Float(1), -1] {
        var outputs = Outputs()
        outputs[1, 3] = 100
        outputs[3, 3] = 100
        outputs[channel, 3] = sign * value
        for detection in outputs.decode() { #expect(detection.isUsable, "channel \(channel)") }
      }
    }
    var outputs = Outputs()
    outputs[1, 3] = 100
    outputs[6, 3] = value
    #expect(outputs.decode().isEmpty)
  }
}
