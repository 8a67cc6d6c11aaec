import Foundation
import TestSupport
import Testing

@Suite("Benchmark")
struct BenchTests {
  @Test("the JSON report names every step, stage and percentile")
  func json() throws {
    let result = try facestream([
      "bench", "--size", "96x64", "--runs", "3", "--threads", "2", "--json", "--input",
      "lavfi:testsrc=s=160x120:r=25:d=1",
    ])
    #expect(result.status == 0, "\(result.standardError)")
    let report = try #require(
      try JSONSerialization.jsonObject(with: result.standardOutput) as? [String: Any])
    let network = try #require(report["network"] as? [String: Any])
    #expect(network["width"] as? Int == 96)
    #expect(network["height"] as? Int == 64)
    #expect(network["threads"] as? Int == 2)
    #expect((network["milliseconds"] as? [Double])?.count == 3)
    let steps = try #require(network["steps"] as? [[String: Any]])
    let multiplyAdds = steps.compactMap { $0["multiply_adds"] as? Int }.reduce(0, +)
    #expect(multiplyAdds == network["multiply_adds"] as? Int)
    let pose = try #require(report["pose"] as? [String: Any])
    #expect(pose["poses"] as? Int == 2000)
    let clip = try #require(report["clip"] as? [String: Any])
    #expect(clip["frames"] as? Int == 3)
    let stages = try #require(clip["stages"] as? [[String: Any]])
    #expect(
      stages.compactMap { $0["name"] as? String }
        == ["decode", "scale", "detect", "track", "pose", "records", "overlay", "encode"])
  }

  @Test("the command is told without the password of its input")
  func password() throws {
    for arguments in [
      ["--input", "rtsp://me:secret@camera/s"], ["--input=rtsp://me:secret@camera/s"],
    ] {
      let result = try facestream(
        ["bench", "--size", "64x64", "--runs", "1", "--network-only"] + arguments)
      #expect(result.status == 0, "\(result.standardError)")
      #expect(result.text.contains("rtsp://me:***@camera/s"))
      #expect(!result.text.contains("secret"))
    }
  }

  #if !DEBUG
    @Test("between decoder and encoder, nothing is allocated for a frame")
    func allocations() throws {
      let place = try Workplace()
      let counter = try runProcess(
        "cc",
        [
          "-shared", "-fPIC", "-O2", "-o", place.folder.path("count.so"),
          Repository.path("tools/lib/count-allocations.c"),
        ])
      #expect(counter.status == 0, "\(counter.standardError)")
      let result = try runProcess(
        "env",
        [
          "LD_PRELOAD=\(place.folder.path("count.so"))", facestreamPath, "bench", "--json",
          "--threads", "1", "--runs", "60", "--size", "64x64", "--input",
          Repository.path("samples/faces.mp4"),
        ])
      #expect(result.status == 0, "\(result.standardError)")
      let report = try #require(
        try JSONSerialization.jsonObject(with: result.standardOutput) as? [String: Any])
      let clip = try #require(report["clip"] as? [String: Any])
      #expect((clip["faces"] as? Int ?? 0) > 60)
      for stage in try #require(clip["stages"] as? [[String: Any]]) {
        let name = try #require(stage["name"] as? String)
        let count = try #require(stage["allocations"] as? Int)
        // The decoder hands out an object a packet and frame; the encoder's list of times grows.
        let limit = name == "decode" ? 60 * 8 : name == "encode" ? 8 : 0
        #expect(count <= limit, "\(name)")
      }
    }
  #endif

  @Test("other kernels are timed step by step, too", arguments: ["openblas", "reference"])
  func otherKernels(name: String) throws {
    let result = try facestream([
      "bench", "--size", "64x64", "--runs", "1", "--kernels", name, "--network-only",
    ])
    #expect(result.status == 0, "\(result.standardError)")
    #expect(result.text.contains("3x64x64 -> 8, 3x3/2"))
    #expect(result.text.contains("64x64, \(name): 0."))
    #expect(result.text.contains("post-processing"))
  }

  @Test("every step with convolutions is compared with other kernels")
  func against() throws {
    let result = try facestream([
      "bench", "--size", "96x64", "--runs", "1", "--network-only", "--against", "openblas",
      "--json",
    ])
    #expect(result.status == 0, "\(result.standardError)")
    let report = try #require(
      try JSONSerialization.jsonObject(with: result.standardOutput) as? [String: Any])
    #expect(report["against"] as? String == "openblas")
    let network = try #require(report["network"] as? [String: Any])
    for step in try #require(network["steps"] as? [[String: Any]]) {
      #expect((step["other_milliseconds"] as? Double ?? 0) > 0)
    }
  }

  @Test("kernels that cannot be compared against are refused")
  func wrongAgainst() throws {
    let result = try facestream(["bench", "--against", "tiled"])
    #expect(result.status == 2)
    #expect(
      result.standardError
        == "facestream: error: --against: 'tiled' is not accepted; give openblas or reference\n")
  }

  @Test("a size that is none is refused", arguments: ["640", "0x0", "axb"])
  func wrongSize(size: String) throws {
    let result = try facestream(["bench", "--size", size])
    #expect(result.status == 2)
    #expect(
      result.standardError
        == "facestream: error: --size: '\(size)' is not accepted; give WxH with sides from 32 to 8192\n"
    )
  }
}
