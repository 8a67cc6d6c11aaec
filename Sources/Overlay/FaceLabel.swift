/// The text of a face's label as ASCII: "id 3  0.99". Reused from face to face.
struct FaceLabel {
  private(set) var text: [UInt8] = []

  init() { text.reserveCapacity(32) }

  mutating func write(identity: Int, score: Float) {
    text.removeAll(keepingCapacity: true)
    text.append(UInt8(ascii: "i"))
    text.append(UInt8(ascii: "d"))
    text.append(UInt8(ascii: " "))
    if identity < 0 { text.append(UInt8(ascii: "-")) }
    append(identity.magnitude)
    guard score.isFinite else { return }
    text.append(UInt8(ascii: " "))
    text.append(UInt8(ascii: " "))
    let hundredths = UInt((max(0, min(1, score)) * 100).rounded())
    append(hundredths / 100)
    text.append(UInt8(ascii: "."))
    append(hundredths / 10 % 10)
    append(hundredths % 10)
  }

  private mutating func append(_ number: UInt) {
    let start = text.count
    var rest = number
    repeat {
      text.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    text[start...].reverse()
  }
}
