import Foundation
import TestSupport
import Testing

@Suite("Crops of faces", .timeLimit(.minutes(2)))
struct CropsTests {
  @Test("each track has its best crops, and the faces in them lie where the template says")
  func sample() throws {
    let place = try Workplace()
    try place.copySample()
    let result = try place.run("crops", "faces.mp4", "-o", "crops", "--per-track", "3")
    #expect(result.status == 0)
    let index = try place.lines("crops/index.jsonl")
    let tracks = Dictionary(grouping: index) { $0["id"] as? Int ?? 0 }
    #expect(tracks.count >= 4)
    for (identity, crops) in tracks {
      #expect(crops.count <= 3)
      let qualities = crops.compactMap { $0["quality"] as? Double }
      #expect(qualities == qualities.sorted(by: >) && qualities.count == crops.count)
      for (rank, crop) in crops.enumerated() {
        let frame = try #require(crop["frame"] as? Int)
        let file = try #require(crop["file"] as? String)
        #expect(file == String(format: "id-%04d/%02d_frame-%06d.png", identity, rank + 1, frame))
        let size = try Clips.probe(
          place.folder.path("crops/" + file), stream: "v:0", entries: "stream=width,height")
        #expect(size == ["112,112"])
      }
    }
    // Found again in its own crop, enlarged and padded, a face has its eyes where they belong.
    let best = try #require(tracks[3]?.first?["file"] as? String)
    try place.make(
      "crop.mkv", "-i", place.folder.path("crops/" + best), "-vf", "pad=448:448:168:168:gray",
      "-c:v", "ffv1")
    #expect(try place.run("tracks", "crop.mkv", "-o", "crop.jsonl").status == 0)
    let faces = try #require(try place.lines("crop.jsonl").last?["faces"] as? [[String: Any]])
    let landmarks = try #require(faces.first?["landmarks"] as? [[Double]])
    let template = [
      (38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655),
      (70.7299, 92.2041),
    ]
    for (point, expected) in zip(landmarks, template) {
      // A few pixels: the template is an average face.
      #expect(abs(point[0] - 168.5 - expected.0) < 6 && abs(point[1] - 168.5 - expected.1) < 6)
    }
    let again = try place.run("crops", "faces.mp4", "-o", "crops")
    #expect(again.status == 2)
    #expect(
      again.standardError
        == errorLine("'crops' exists already (use --overwrite to replace it)"))
  }
}
