import Foundation
package import Imaging

/// The shape that hides a face: an ellipse turned as the head is, or an upright rectangle.
package struct FaceCover: Equatable, Sendable {
  /// What kind of shape.
  package enum Shape: String, CaseIterable, Sendable {
    case ellipse, box
  }

  package let shape: Shape
  /// In pixels of the frame.
  package let centerX: Double
  package let centerY: Double
  /// Half the extent along the face's own x axis, in pixels.
  package let radiusX: Double
  /// Half the extent along the face's own y axis, in pixels.
  package let radiusY: Double
  /// From the image's x axis to the face's, clockwise for the viewer, in radians; 0 for a box.
  package let angle: Double

  /// Half as high as wide and more: upright faces lie around 1.3, a box seen at any angle tells less.
  private static let usualRatio = 1.3
  private static let ratios = 1.0...1.7
  /// Landmarks lie at most this far out, as a share of the radius.
  private static let greatestLandmarkRadius = 0.75
  /// Smaller shapes grow to this many pixels from middle to rim.
  private static let leastRadius = 2.0

  /// The shape over a face, `scale` times as wide and high as what the box alone says; `nil` where the
  /// numbers describe no place, so that the caller can hide more.
  package init?(box: BoundingBox, landmarks: Landmarks?, shape: Shape, scale: Double) {
    let (width, height) = (Double(box.width), Double(box.height))
    centerX = (Double(box.minX) + Double(box.maxX)) / 2
    centerY = (Double(box.minY) + Double(box.maxY)) / 2
    guard centerX.isFinite, centerY.isFinite, width.isFinite, height.isFinite, scale.isFinite,
      width > 0, height > 0, scale > 0
    else { return nil }
    self.shape = shape
    guard shape == .ellipse else {
      radiusX = max(Self.leastRadius, scale * width / 2)
      radiusY = max(Self.leastRadius, scale * height / 2)
      angle = 0
      return
    }
    let angle = landmarks.map(Self.roll) ?? 0
    var radii = Self.radii(halfWidth: width / 2, halfHeight: height / 2, angle: angle)
    // A box that is off must not leave an eye uncovered.
    if let landmarks {
      var outermost = 0.0
      for index in 0..<Landmarks.count {
        let (dx, dy) = (
          Double(landmarks[index].x) - centerX, Double(landmarks[index].y) - centerY
        )
        let (x, y) = (cos(angle) * dx + sin(angle) * dy, cos(angle) * dy - sin(angle) * dx)
        let distance = ((x / radii.x) * (x / radii.x) + (y / radii.y) * (y / radii.y)).squareRoot()
        if distance.isFinite { outermost = max(outermost, distance) }
      }
      let growth = max(1, outermost / Self.greatestLandmarkRadius)
      radii = (radii.x * growth, radii.y * growth)
    }
    self.angle = angle
    radiusX = max(Self.leastRadius, scale * radii.x)
    radiusY = max(Self.leastRadius, scale * radii.y)
  }

  /// The whole frame.
  package init(frameWidth: Int, frameHeight: Int) {
    shape = .box
    (centerX, centerY) = (Double(frameWidth) / 2, Double(frameHeight) / 2)
    (radiusX, radiusY) = (Double(frameWidth) / 2, Double(frameHeight) / 2)
    angle = 0
  }

  /// The tilt of a head in the image plane: the direction from eye to eye, together with that from
  /// the eyes to the mouth, which still tells it in profile.
  private static func roll(of landmarks: Landmarks) -> Double {
    let (left, right) = (landmarks.leftEye, landmarks.rightEye)
    let downX = landmarks.leftMouthCorner.x + landmarks.rightMouthCorner.x - left.x - right.x
    let downY = landmarks.leftMouthCorner.y + landmarks.rightMouthCorner.y - left.y - right.y
    let x = Double(right.x - left.x + downY / 2)
    let y = Double(right.y - left.y - downX / 2)
    let roll = atan2(y, x)
    return roll.isFinite ? roll : 0
  }

  /// The radii of an ellipse at an angle whose upright bounding box is given.
  ///
  /// With radii a and b, that box has half sides √(a²cos² + b²sin²) and √(a²sin² + b²cos²). Their squares
  /// add up to a² + b², and differ by (a² - b²)·cos 2φ, which says nothing near 45°: there the usual
  /// proportions of a face do.
  private static func radii(
    halfWidth: Double, halfHeight: Double, angle: Double
  ) -> (x: Double, y: Double) {
    let sum = halfWidth * halfWidth + halfHeight * halfHeight
    let cosine = cos(2 * angle)
    var ratio = usualRatio
    if abs(cosine) > 0.5 {
      let difference = (halfHeight * halfHeight - halfWidth * halfWidth) / cosine
      let squares = (x: (sum - difference) / 2, y: (sum + difference) / 2)
      ratio =
        squares.x > 0 && squares.y > 0
        ? min(ratios.upperBound, max(ratios.lowerBound, (squares.y / squares.x).squareRoot()))
        : ratio
    }
    let x = (sum / (1 + ratio * ratio)).squareRoot()
    return (x, ratio * x)
  }

  /// Every pixel it may touch, within a frame.
  package func bounds(width: Int, height: Int) -> PixelRegion {
    let (c, s) = (cos(angle), sin(angle))
    let halfWidth = (radiusX * radiusX * c * c + radiusY * radiusY * s * s).squareRoot()
    let halfHeight = (radiusX * radiusX * s * s + radiusY * radiusY * c * c).squareRoot()
    let (halfX, halfY) = shape == .box ? (radiusX, radiusY) : (halfWidth, halfHeight)
    func clamped(_ position: Double, _ size: Int) -> Int {
      Int(max(0, min(Double(size), position)))
    }
    return PixelRegion(
      minX: clamped((centerX - halfX).rounded(.down), width),
      minY: clamped((centerY - halfY).rounded(.down), height),
      maxX: clamped((centerX + halfX).rounded(.up), width),
      maxY: clamped((centerY + halfY).rounded(.up), height))
  }

  /// The pixels of a row that it touches, within `columns`.
  package func columns(inRow row: Int, within columns: Range<Int>) -> Range<Int> {
    let (top, bottom) = (Double(row) - centerY, Double(row + 1) - centerY)
    var (first, last) = (Double.infinity, -Double.infinity)
    if shape == .box {
      guard bottom > -radiusY, top < radiusY else { return 0..<0 }
      (first, last) = (-radiusX, radiusX)
    } else {
      // Both edges of the row, and where the ellipse is widest and highest if that lies between.
      let (c, s) = (cos(angle), sin(angle))
      let (a2, b2) = (radiusX * radiusX, radiusY * radiusY)
      let halfWidth = (a2 * c * c + b2 * s * s).squareRoot()
      let halfHeight = (a2 * s * s + b2 * c * c).squareRoot()
      let slant = (a2 - b2) * s * c
      for y in [top, bottom, slant / halfWidth, -slant / halfWidth, halfHeight, -halfHeight]
      where top...bottom ~= y && abs(y) <= halfHeight {
        // x²(s²a² + c²b²)/(a²b²) and so on, solved for x: the chord at height y.
        let middle = slant * y / (halfHeight * halfHeight)
        let share = max(0, 1 - (y / halfHeight) * (y / halfHeight)).squareRoot()
        let half = radiusX * radiusY / halfHeight * share
        first = min(first, middle - half)
        last = max(last, middle + half)
      }
    }
    guard first <= last else { return 0..<0 }
    let lower = max(Double(columns.lowerBound), (centerX + first).rounded(.down))
    let upper = min(Double(columns.upperBound), (centerX + last).rounded(.up))
    return lower < upper ? Int(lower)..<Int(upper) : 0..<0
  }
}
