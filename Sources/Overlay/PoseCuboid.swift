package import Imaging

/// A box around a head as seen in the frame: corners in pixels, named as the viewer sees them when
/// the head looks into the camera.
package struct PoseCuboid: Equatable, Sendable {
  /// One side of the box.
  package struct Side: Equatable, Sendable {
    package var topLeft: Point
    package var topRight: Point
    package var bottomRight: Point
    package var bottomLeft: Point

    package init(topLeft: Point, topRight: Point, bottomRight: Point, bottomLeft: Point) {
      self.topLeft = topLeft
      self.topRight = topRight
      self.bottomRight = bottomRight
      self.bottomLeft = bottomLeft
    }
  }

  /// The side of the face.
  package var front: Side
  /// The side of the back of the head.
  package var back: Side

  package init(front: Side, back: Side) {
    self.front = front
    self.back = back
  }

  /// How an edge shows.
  enum Visibility: Equatable {
    /// Behind the box.
    case hidden
    case visible
    /// Around the face.
    case front
  }

  /// One of the twelve edges.
  struct Edge {
    var start: Point
    var end: Point
    var visibility: Visibility
  }

  /// The edges, hidden ones first and those of the front last: the order to draw them in.
  ///
  /// An edge is hidden when both sides it belongs to look away from the camera, and a side does when
  /// its corners, clockwise from outside, come out counterclockwise in the frame.
  var edges: InlineArray<12, Edge> {
    let (f, b) = (front, back)
    let front = Self.isVisible(f.topLeft, f.topRight, f.bottomRight, f.bottomLeft)
    let back = Self.isVisible(b.topRight, b.topLeft, b.bottomLeft, b.bottomRight)
    let left = Self.isVisible(b.topLeft, f.topLeft, f.bottomLeft, b.bottomLeft)
    let right = Self.isVisible(f.topRight, b.topRight, b.bottomRight, f.bottomRight)
    let top = Self.isVisible(b.topLeft, b.topRight, f.topRight, f.topLeft)
    let bottom = Self.isVisible(f.bottomLeft, f.bottomRight, b.bottomRight, b.bottomLeft)
    func edge(_ start: Point, _ end: Point, _ one: Bool, _ other: Bool) -> Edge {
      Edge(start: start, end: end, visibility: one || other ? .visible : .hidden)
    }
    func frontEdge(_ start: Point, _ end: Point, _ other: Bool) -> Edge {
      Edge(start: start, end: end, visibility: front ? .front : other ? .visible : .hidden)
    }
    var edges: InlineArray<12, Edge> = [
      edge(b.topLeft, b.topRight, back, top), edge(b.topRight, b.bottomRight, back, right),
      edge(b.bottomRight, b.bottomLeft, back, bottom), edge(b.bottomLeft, b.topLeft, back, left),
      edge(f.topLeft, b.topLeft, top, left), edge(f.topRight, b.topRight, top, right),
      edge(f.bottomRight, b.bottomRight, bottom, right),
      edge(f.bottomLeft, b.bottomLeft, bottom, left),
      frontEdge(f.topLeft, f.topRight, top), frontEdge(f.topRight, f.bottomRight, right),
      frontEdge(f.bottomRight, f.bottomLeft, bottom), frontEdge(f.bottomLeft, f.topLeft, left),
    ]
    var count = 0
    for index in edges.indices where edges[index].visibility == .hidden {
      edges.swapAt(count, index)
      count += 1
    }
    return edges
  }

  /// Whether four corners come out clockwise in the frame, whose y points down.
  private static func isVisible(_ a: Point, _ b: Point, _ c: Point, _ d: Point) -> Bool {
    // Twice the signed area from the diagonals.
    (c.x - a.x) * (d.y - b.y) - (d.x - b.x) * (c.y - a.y) > 0
  }
}
