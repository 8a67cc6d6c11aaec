import Overlay

extension Configuration.RedactionStyle {
  /// As the overlay names it; `nil` where faces are not hidden.
  var faceStyle: FaceRedactor.Style? {
    switch self {
    case .none: nil
    case .blur: .blur
    case .pixelate: .pixelate
    case .solid: .solid
    }
  }
}

extension Configuration.RedactionShape {
  /// As the overlay names it.
  var coverShape: FaceCover.Shape {
    switch self {
    case .ellipse: .ellipse
    case .box: .box
    }
  }
}
