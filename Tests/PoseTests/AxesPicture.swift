import Foundation
import Imaging
import Pose

/// Draws docs/pose-axes.svg with the template, the rotations and the camera that the program uses: the
/// picture cannot show another convention.
struct AxesPicture {
  private static let panelSize = 250
  private static let distance = 1400.0
  private let camera = Camera(width: panelSize, height: panelSize, focalLength: 920)
  private var lines: [String] = []

  /// The whole file.
  static var svg: String {
    var picture = AxesPicture()
    picture.addPanel("all angles 0°", "looks into the camera") { _ in (0, 0, 0) }
    picture.addPanel("yaw +35°", "turns to the image's right", aside: SIMD2(0, 1)) {
      (35 * $0, 0, 0)
    }
    picture.addPanel("pitch +35°", "looks up", aside: SIMD2(-1, 0)) { (0, 35 * $0, 0) }
    picture.addPanel("roll +35°", "tilts to the image's right", turning: \.y) { (0, 0, 35 * $0) }
    let (width, height) = (4 * panelSize, panelSize + 46)
    let head = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" \
      width="\(width)" height="\(height)" font-family="sans-serif" text-anchor="middle" \
      stroke-linecap="round" stroke-linejoin="round">
      <!-- Drawn by tools/draw-pose-axes from the template and conventions in Sources/Pose. -->
      <defs><marker id="tip" viewBox="0 0 6 6" refX="3" refY="3" markerWidth="5" markerHeight="5" \
      orient="auto"><path d="M0 0L6 3L0 6z" fill="#222"/></marker></defs>
      <rect width="100%" height="100%" fill="#fff"/>

      """
    return head + picture.lines.joined(separator: "\n") + "\n</svg>\n"
  }

  private var panelCount = 0

  /// - Parameters:
  ///   - turning: The axis whose end the arrow follows.
  ///   - aside: Where the arrow and the letter of z go, so that they do not cover other axes.
  ///   - angles: Yaw, pitch and roll in degrees on the way from 0 to 1.
  private mutating func addPanel(
    _ title: String, _ subtitle: String,
    turning: KeyPath<ProjectedAxes, Point> = \.z, aside: SIMD2<Float> = .zero,
    angles: (Double) -> (yaw: Double, pitch: Double, roll: Double)
  ) {
    func pose(_ part: Double) -> HeadPose {
      let angles = angles(part)
      let rotation = HeadPose.rotation(
        yaw: radians(angles.yaw), pitch: radians(angles.pitch), roll: radians(angles.roll))
      return HeadPose(rotation: rotation, translation: SIMD3(0, 12, Self.distance))
    }
    let end = pose(1)
    guard let face = camera.project(.average, at: end),
      let axes = camera.projectAxes(of: end), let cuboid = camera.projectCuboid(of: end)
    else { return }
    lines.append("<g transform=\"translate(\(panelCount * Self.panelSize) 0)\">")
    panelCount += 1
    let (front, back) = (cuboid.front, cuboid.back)
    addPath(corners(back), closed: true, "#aaa", 1)
    for (a, b) in zip(corners(front), corners(back)) { addPath([a, b], "#aaa", 1) }
    addPath(corners(front), closed: true, "#777", 2)
    addPath([face.leftEye, face.noseTip, face.rightEye], "#bbb", 1)
    addPath([face.leftMouthCorner, face.rightMouthCorner], "#d66", 3)
    for index in 0..<Landmarks.count { addDot(face[index], "#222", 3.5) }
    // The broad one below: it stays visible where the others cover it.
    addPath([axes.origin, axes.z], "#3060e0", 8)
    addDot(axes.z, "#3060e0", 5)
    addPath([axes.origin, axes.x], "#e03030", 3)
    addPath([axes.origin, axes.y], "#28a428", 3)
    addText("x", beyond: axes.x, from: axes.origin, "#e03030")
    addText("y", beyond: axes.y, from: axes.origin, "#28a428")
    addText("z", beyond: moved(axes.z, by: 14 * aside), from: axes.origin, "#3060e0")
    let way = stride(from: 0.0, through: 1, by: 0.1).compactMap {
      camera.projectAxes(of: pose($0), length: 105)?[keyPath: turning]
    }.map { moved($0, by: 85 * aside) }
    if way.first != way.last { addPath(way, "#222", 1.5, " marker-end=\"url(#tip)\"") }
    let middle = Self.panelSize / 2
    let bottom = Self.panelSize
    lines.append(
      "<text x=\"\(middle)\" y=\"\(bottom + 14)\" font-size=\"17\" font-weight=\"bold\" "
        + "fill=\"#222\">\(title)</text>")
    lines.append(
      "<text x=\"\(middle)\" y=\"\(bottom + 34)\" font-size=\"14\" fill=\"#222\">\(subtitle)</text>"
    )
    lines.append("</g>")
  }

  private func corners(_ side: ProjectedCuboid.Side) -> [Point] {
    [side.topLeft, side.topRight, side.bottomRight, side.bottomLeft]
  }

  private func moved(_ point: Point, by step: SIMD2<Float>) -> Point {
    Point(x: point.x + step.x, y: point.y + step.y)
  }

  private func text(_ point: Point) -> String { String(format: "%.1f %.1f", point.x, point.y) }

  private mutating func addPath(
    _ points: [Point], closed: Bool = false, _ color: String, _ width: Double,
    _ attributes: String = ""
  ) {
    let steps = points.map(text).joined(separator: "L")
    lines.append(
      "<path d=\"M\(steps)\(closed ? "z" : "")\" fill=\"none\" stroke=\"\(color)\" "
        + "stroke-width=\"\(width)\"\(attributes)/>")
  }

  private mutating func addDot(_ point: Point, _ color: String, _ radius: Double) {
    lines.append(
      String(format: "<circle cx=\"%.1f\" cy=\"%.1f\" ", point.x, point.y)
        + "r=\"\(radius)\" fill=\"\(color)\"/>")
  }

  /// Writes a letter some pixels beyond the end of an axis; beside it where the axis points at the
  /// viewer and has no length.
  private mutating func addText(
    _ letter: String, beyond end: Point, from origin: Point, _ color: String
  ) {
    var direction = SIMD2(end.x - origin.x, end.y - origin.y)
    let length = (direction * direction).sum().squareRoot()
    direction = length > 8 ? direction / length : SIMD2(-0.7, 0.7)
    lines.append(
      String(
        format: "<text x=\"%.1f\" y=\"%.1f\" ", end.x + 11 * direction.x,
        end.y + 11 * direction.y + 5)
        + "font-size=\"15\" font-weight=\"bold\" fill=\"\(color)\">\(letter)</text>")
  }
}
