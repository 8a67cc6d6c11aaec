import Evaluation
import Foundation
import TestSupport
import Testing

@testable import Pipeline

@Suite("Faces before a moving camera")
struct CameraMotionTests {
  private static let frameCount = 90

  /// Where the window on the sample clip stands, in its pixels.
  private static func window(_ frame: Int) -> (x: Double, y: Double) {
    let n = Double(frame)
    return (
      (60 + 24 * sin(2.1 * n) + 30 * sin(0.8 * n + 1)).rounded(.down),
      (33 + 18 * sin(1.7 * n) + 12 * sin(0.7 * n + 2)).rounded(.down)
    )
  }

  /// A shaken clip with a backdrop to hold on to, and its truth.
  private func makeClip(in folder: TemporaryFolder) throws -> [MOTRow] {
    try Clips.make(
      folder.path("shaken.mp4"),
      [
        "-i", Repository.path("samples/faces.mp4"), "-f", "lavfi", "-i",
        "color=gray:s=640x360:r=25:d=10,format=gray,noise=c0s=100:c0_seed=7,gblur=2.5,"
          + "eq=contrast=3,format=yuv444p", "-filter_complex",
        "[0:v]format=yuv444p[a];[a][1:v]blend=c0_mode=grainmerge:shortest=1,"
          + "crop=w=520:h=294:x='60+24*sin(2.1*n)+30*sin(0.8*n+1)'"
          + ":y='33+18*sin(1.7*n)+12*sin(0.7*n+2)':exact=1",
        "-frames:v", "\(Self.frameCount)", "-an", "-c:v", "libx264", "-preset", "veryfast",
        "-crf", "14",
      ])
    let rows = try MOTFile.read(Repository.path("samples/faces.gt.txt"), as: .tracks)
    return rows.filter { $0.frame <= Self.frameCount }.map { row in
      var moved = row
      let window = Self.window(row.frame - 1)
      moved.x -= window.x
      moved.y -= window.y
      return moved
    }
  }

  private func identityAccuracy(
    _ motion: Configuration.CameraMotion, _ folder: TemporaryFolder, _ truth: [MOTRow]
  ) throws -> Double {
    let path = folder.path("\(motion.rawValue).txt")
    var configuration = Configuration()
    configuration.input = folder.path("shaken.mp4")
    configuration.tracks = [path]
    configuration.track.cameraMotion = motion
    _ = try PipelineRunner(configuration: configuration).run(warn: { _ in }, progress: { _ in })
    let result = try MOTFile.read(path, as: .tracks)
    return IdentityAccuracy(TrackSequence(truth: truth, result: result)).f1
  }

  @Test("identities survive a shaking camera whose motion is measured, and else they do not")
  func shaking() throws {
    let folder = try TemporaryFolder()
    let truth = try makeClip(in: folder)
    let measured = try identityAccuracy(.auto, folder, truth)
    let ignored = try identityAccuracy(.off, folder, truth)
    #expect(measured > 0.8, "IDF1 \(measured)")
    #expect(measured > ignored + 0.1, "IDF1 \(measured) and \(ignored)")
  }
}
