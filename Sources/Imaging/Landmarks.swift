/// The five face landmarks of RetinaFace (Deng et al., CVPR 2020, section 3.1), as the viewer sees
/// them: "left" is the image's left.
package struct Landmarks: Equatable, Sendable {
  package var leftEye: Point
  package var rightEye: Point
  package var noseTip: Point
  package var leftMouthCorner: Point
  package var rightMouthCorner: Point

  /// How many landmarks a face has.
  package static let count = 5

  package init(
    leftEye: Point, rightEye: Point, noseTip: Point, leftMouthCorner: Point, rightMouthCorner: Point
  ) {
    self.leftEye = leftEye
    self.rightEye = rightEye
    self.noseTip = noseTip
    self.leftMouthCorner = leftMouthCorner
    self.rightMouthCorner = rightMouthCorner
  }

  /// The landmarks in the order of the records and of the network's output.
  ///
  /// - Precondition: `index` is in `0..<Landmarks.count`.
  package subscript(index: Int) -> Point {
    get {
      switch index {
      case 0: leftEye
      case 1: rightEye
      case 2: noseTip
      case 3: leftMouthCorner
      case 4: rightMouthCorner
      default: preconditionFailure("a face has five landmarks, asked for number \(index)")
      }
    }
    set {
      switch index {
      case 0: leftEye = newValue
      case 1: rightEye = newValue
      case 2: noseTip = newValue
      case 3: leftMouthCorner = newValue
      case 4: rightMouthCorner = newValue
      default: preconditionFailure("a face has five landmarks, asked for number \(index)")
      }
    }
  }

  /// The same landmarks after stretching the image by the two factors.
  package func scaled(byX scaleX: Float, y scaleY: Float) -> Landmarks {
    Landmarks(
      leftEye: leftEye.scaled(byX: scaleX, y: scaleY),
      rightEye: rightEye.scaled(byX: scaleX, y: scaleY),
      noseTip: noseTip.scaled(byX: scaleX, y: scaleY),
      leftMouthCorner: leftMouthCorner.scaled(byX: scaleX, y: scaleY),
      rightMouthCorner: rightMouthCorner.scaled(byX: scaleX, y: scaleY))
  }
}
