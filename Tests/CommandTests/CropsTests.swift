import Foundation
import TestSupport
import Testing

@Suite("Crops of faces", .timeLimit(.minutes(10)))
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

  /// The files below a folder.
  private func files(_ place: Workplace, _ name: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: place.folder.path(name)).sorted()
  }

  @Test("crops of an earlier run are replaced by those of this one, other files stay")
  func again() throws {
    let place = try Workplace()
    try place.makeFaces("a.png")
    try place.make("b.png", "-i", place.folder.path("a.png"), "-vf", "crop=320:360:0:0")
    #expect(try place.run("crops", "a.png", "-o", "crops").status == 0)
    try place.write("precious", "crops/id-0001/notes.txt")
    try place.write("precious", "precious.txt")
    // What an index may not name.
    try place.write(
      place.bytes("crops/index.jsonl") + Data("{\"file\":\"../precious.txt\"}\n".utf8),
      "crops/index.jsonl")
    #expect(try place.run("crops", "b.png", "-o", "crops", "--overwrite").status == 0)
    let listed = try place.lines("crops/index.jsonl").compactMap { $0["file"] as? String }
    #expect((1...3).contains(listed.count))
    let pictures = try files(place, "crops").filter { $0.hasSuffix(".png") }
    #expect(pictures == listed.sorted())
    #expect(place.exists("crops/id-0001/notes.txt") && place.exists("precious.txt"))
    #expect(!place.exists("crops/id-0004"))
  }

  @Test("a full disk leaves no half crop, and the error names the file")
  func fullDisk() throws {
    let place = try Workplace()
    try place.makeFaces("a.png")
    let result = try place.shell(
      "trap '' XFSZ; ulimit -f 8; \"$facestream\" crops a.png -o crops --quiet")
    #expect(result.status == 1)
    #expect(
      result.standardError
        == errorLine("cannot write 'crops/id-0001/01_frame-000000.png': File too large"))
    #expect(try files(place, "crops") == ["id-0001", "index.jsonl"])
  }

  @Test("a file in the way of a track's folder is named")
  func fileInTheWay() throws {
    let place = try Workplace()
    try place.makeFaces("a.png")
    _ = try place.shell("mkdir crops && echo precious > crops/id-0001")
    let result = try place.run("crops", "a.png", "-o", "crops", "--overwrite", "--quiet")
    #expect(result.status == 1)
    #expect(result.standardError == errorLine("cannot write 'crops/id-0001': File exists"))
  }
}
