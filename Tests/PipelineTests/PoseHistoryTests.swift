import Pose
import TestSupport
import Testing

@testable import Pipeline

@Suite("Pose history")
struct PoseHistoryTests {
  private func rotation(_ angle: Double) -> Matrix3 {
    Matrix3(rotationVector: SIMD3(0, angle, 0))
  }

  @Test("keeps heads apart, in whatever order they come")
  func identities() {
    var history = PoseHistory()
    var generator = SeededGenerator(seed: 2)
    let identities = (1...200).shuffled(using: &generator)
    history.begin(at: 0)
    for identity in identities {
      #expect(history.rotation(of: identity) == nil)
      _ = history.note(rotation(Double(identity) / 100), of: identity, at: 0)
    }
    for identity in 1...200 {
      #expect(history.rotation(of: identity) == rotation(Double(identity) / 100))
    }
    #expect(history.rotation(of: 0) == nil && history.rotation(of: 201) == nil)
  }

  @Test("forgets what is older than half a second, and everything when time goes back")
  func forgets() {
    var history = PoseHistory()
    history.begin(at: 10)
    _ = history.note(rotation(0.1), of: 1, at: 10)
    history.begin(at: 10.25)
    _ = history.note(rotation(0.2), of: 2, at: 10.25)
    history.begin(at: 10.5)
    #expect(history.rotation(of: 1) != nil)
    history.begin(at: 10.625)
    #expect(history.rotation(of: 1) == nil && history.rotation(of: 2) != nil)
    history.begin(at: 10)
    #expect(history.rotation(of: 2) == nil)
    _ = history.note(rotation(0.3), of: 3, at: 10)
    history.begin(at: .nan)
    #expect(history.rotation(of: 3) == nil)
  }
}
