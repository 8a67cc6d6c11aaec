import Foundation
import TestSupport
import Testing

@Suite("Reports")
struct ReportTests {
  private func object(_ arguments: String...) throws -> [String: Any] {
    let result = try facestream(arguments)
    #expect(result.status == 0)
    #expect(result.standardError.isEmpty)
    let parsed = try JSONSerialization.jsonObject(with: result.standardOutput)
    return try #require(parsed as? [String: Any])
  }

  @Test("probe tells the streams as JSON")
  func probe() throws {
    let report = try object("probe", Repository.path("samples/faces.mp4"), "--json")
    #expect(report["format"] as? String == "mov,mp4,m4a,3gp,3g2,mj2")
    #expect(report["chapters"] as? Int == 0)
    #expect(try abs(#require(report["duration"] as? Double) - 10) < 0.1)
    let streams = try #require(report["streams"] as? [[String: Any]])
    #expect(streams.count == 2)
    let video = streams[0]
    #expect(video["kind"] as? String == "video")
    #expect(video["codec"] as? String == "h264")
    #expect(video["processed"] as? Bool == true)
    #expect(video["width"] as? Int == 640)
    #expect(video["height"] as? Int == 360)
    #expect(video["pixel_format"] as? String == "yuv420p")
    #expect(video["color_matrix"] as? String == "bt709")
    #expect(video["color_range"] as? String == "tv")
    #expect(video["frame_rate"] as? [Int] == [25, 1])
    #expect(video["time_base"] as? [Int] == [1, 12800])
    #expect(video["sample_aspect_ratio"] as? [Int] == [1, 1])
    #expect(video["frames"] as? Int == 250)
    let audio = streams[1]
    #expect(audio["kind"] as? String == "audio")
    #expect(audio["codec"] as? String == "aac")
    #expect(audio["processed"] as? Bool == false)
    #expect(audio["sample_rate"] as? Int == 48000)
    #expect(audio["channels"] as? Int == 2)
  }

  @Test("probe tells the streams as text, the processed one with a star")
  func probeText() throws {
    let result = try facestream(["probe", Repository.path("samples/faces.mp4")])
    #expect(result.status == 0)
    let lines = result.text.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[1].hasPrefix("  0* video h264, 640x360, yuv420p, 25/1 fps, matrix bt709"))
    #expect(lines[2].hasPrefix("  1  audio aac, 48000 Hz, 2 channels"))
  }

  @Test("probe refuses what annotate refuses")
  func probeRefuses() throws {
    let result = try facestream(["probe", "/missing.mp4"])
    #expect(result.status == 3)
    #expect(
      result.standardError == errorLine("cannot open '/missing.mp4': No such file or directory"))
  }

  @Test("faces without a pose have a reason in the records, and are counted in the summary")
  func missingPoses() throws {
    let folder = try TemporaryFolder()
    let clip = "lavfi:movie=\(Repository.path("samples/faces.mp4")),trim=end_frame=3"
    // With this focal length every head surrounds the camera.
    let result = try facestream(
      ["tracks", clip, "-o", folder.path("faces.jsonl"), "--focal", "1"])
    #expect(result.status == 0)
    let rows = try jsonLines(Data(contentsOf: URL(filePath: folder.path("faces.jsonl"))))
    let faces = rows.compactMap { $0["faces"] as? [[String: Any]] }.joined()
    #expect(faces.count > 3)
    for face in faces {
      #expect(face["pose"] is NSNull)
      #expect(face["pose_reason"] as? String == "behind_camera")
    }
    #expect(
      result.standardError.contains(
        "note: \(faces.count) faces without a pose (\(faces.count) behind camera)"))
  }

  @Test("model tells source, hash, shapes and arithmetic as JSON")
  func model() throws {
    let report = try object("model", "--json")
    let digest = try #require(report["sha256"] as? String)
    #expect(digest.count == 64)
    #expect(digest.allSatisfy { $0.isHexDigit })
    #expect(try #require(report["parameters"] as? Int) > 400_000)
    #expect(try abs(#require(report["gmacs_640x640"] as? Double) - 0.98) < 0.05)
    let tensors = try #require(report["tensors"] as? [[String: Any]])
    #expect(tensors.count == report["tensors"].flatMap { ($0 as? [Any])?.count })
    #expect(tensors.allSatisfy { $0["name"] is String && $0["shape"] is [Int] })
    #expect(report["card"] is [String: Any])
    // The records name the same digest.
    let tracks = try facestream(
      ["tracks", "lavfi:testsrc2=s=64x48:d=0.04", "-o", "-", "--size", "64", "--quiet"])
    let header = try #require(try jsonLines(tracks.standardOutput).first)
    #expect(header["model"] as? String == "sha256:\(digest)")
  }
}
