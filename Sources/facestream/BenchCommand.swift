import ArgumentParser
import Foundation
import Inference
import Pipeline

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract:
      "Measures the network layer by layer, the tracker, a pose, and every stage of annotating a clip.",
    discussion: """
      The clip is a moving test picture without faces unless --input names another. Times are wall \
      clock on this machine as it is: let nothing else run.

      Examples:
        facestream bench
        facestream bench --size 1920x1088 --threads 1 --json
        facestream bench --input talk.mp4
        facestream bench --network-only --against openblas
      """)

  @Option(help: ArgumentHelp("Size of the network's input. (default: 640x640)", valueName: "WxH"))
  var size: String = "640x640"

  @Option(
    help: ArgumentHelp("Worker threads. (default: the processors available)", valueName: "n"))
  var threads: String?

  @Option(help: ArgumentHelp("Runs of the network, and frames of the clip.", valueName: "n"))
  var runs: Int = 40

  @Option(
    help: ArgumentHelp("Convolutions: tiled, bfloat16, openblas or reference.", valueName: "name"))
  var kernels: String?

  @Option(
    help: ArgumentHelp(
      "Kernels to time too, step by step: openblas or reference.", valueName: "name"))
  var against: String?

  @Option(help: ArgumentHelp("Weights to use instead of the built-in ones.", valueName: "file"))
  var model: String?

  @Option(help: ArgumentHelp("The clip to annotate.", valueName: "url"))
  var input: String?

  @Flag(help: "Leave out the clip.")
  var networkOnly = false

  @Flag(help: "As JSON.")
  var json = false

  /// Large as cameras deliver it.
  private static let testPicture = "lavfi:testsrc2=s=1920x1080:r=30"

  func run() throws {
    guard runs > 0 else {
      throw Failure(message: "--runs: give a whole number from 1", status: .wrongUsage)
    }
    var configuration = Configuration()
    configuration.input = input ?? Self.testPicture
    try configuration.apply([
      KeyedOption(name: "--threads", key: "threads", value: threads),
      KeyedOption(name: "--kernels", key: "detect.kernels", value: kernels),
      KeyedOption(name: "--model", key: "detect.model", value: model),
    ])
    guard let size = Configuration.InputSize(size), case .within(let width, let height) = size
    else {
      throw Failure(
        message: "--size: '\(size)' is not accepted; give WxH with sides from 32 to 8192",
        status: .wrongUsage)
    }
    let other: KernelChoice?
    switch against {
    case nil: other = nil
    case "openblas": other = .openblas
    case "reference": other = .reference
    case let name?:
      throw Failure(
        message: "--against: '\(name)' is not accepted; give openblas or reference",
        status: .wrongUsage)
    }
    let report: BenchReport
    do throws(PipelineError) {
      report = try BenchReport(
        configuration, width: width, height: height, against: other, runs: runs,
        withClip: !networkOnly)
    } catch {
      throw Failure(
        message: withoutPasswords(error.description, of: [input].compactMap { $0 }),
        status: error.exitStatus)
    }
    if json { try printJSON(report) } else { print(report.text) }
  }
}

/// What `bench` tells, in the shape of its JSON form.
private struct BenchReport: Encodable {
  var command = CommandLine.arguments.map(withoutPassword).joined(separator: " ")
  var processor = processorName()
  var against: String?
  var network: NetworkBenchmark
  var tracker = BenchReport.crowds.map { TrackerBenchmark(faces: $0) }
  var pose = PoseBenchmark()
  var clip: EndToEndBenchmark?

  /// Faces in a frame.
  private static let crowds = [10, 100, 1000]

  init(
    _ configuration: Configuration, width: Int, height: Int, against other: KernelChoice?,
    runs: Int, withClip: Bool
  ) throws(PipelineError) {
    self.against = other?.rawValue
    network = try NetworkBenchmark(
      model: configuration.detect.model, width: width, height: height,
      threads: configuration.threads ?? availableProcessors(),
      kernels: configuration.detect.kernels, against: other, runs: runs)
    clip = withClip ? try EndToEndBenchmark(configuration, frames: runs) : nil
  }

  var text: String {
    var lines = [command, "\(processor), \(counted(network.threads, "thread"))", ""]
    lines.append(
      row(
        ["ms", "share", "GMAC", "GFLOP/s"] + (against.map { [$0, "ratio"] } ?? []), "kernel", "step"
      )
    )
    for step in network.steps {
      var numbers = [
        decimals(step.milliseconds, 3), decimals(100 * step.share, 1) + " %",
        decimals(Double(step.multiplyAdds) / 1e9, 4), decimals(step.gigaflopsPerSecond, 0),
      ]
      if against != nil {
        let other = step.otherMilliseconds
        numbers.append(other.map { decimals($0, 3) } ?? "")
        numbers.append(other.map { decimals(step.milliseconds / $0, 2) } ?? "")
      }
      lines.append(row(numbers, step.kernel, step.name))
    }
    lines.append("")
    let kernels = [network.kernels, network.processorLevel].filter { !$0.isEmpty }
    let rate = 2 * Double(network.multiplyAdds) / (network.network.median * 1e6)
    lines.append(
      "\(network.width)x\(network.height), \(kernels.joined(separator: " ")): "
        + "\(decimals(Double(network.multiplyAdds) / 1e9, 3)) GMAC, \(decimals(rate, 0)) GFLOP/s")
    lines.append(heading)
    lines.append(row("network", network.network))
    lines.append(row("input", network.input))
    lines.append(row("post-processing", network.postProcessing))
    for crowd in tracker { lines.append(row("track \(crowd.faces)", crowd.duration)) }
    lines.append(row("one pose", pose.duration))
    if let clip { append(clip, to: &lines) }
    return lines.joined(separator: "\n")
  }

  private func append(_ clip: EndToEndBenchmark, to lines: inout [String]) {
    lines.append("")
    lines.append(
      "\(clip.input): \(clip.width)x\(clip.height), \(counted(clip.frames, "frame")), "
        + "\(counted(clip.faces, "face")), stages one after the other")
    lines.append(heading)
    for stage in clip.stages { lines.append(row(stage.name, stage.duration)) }
    lines.append(row("all", clip.latency))
    lines.append(
      "\(decimals(clip.framesPerSecond, 1)) frames a second, peak memory "
        + "\(decimals(clip.peakMemoryMegabytes, 0)) MB")
    let counts =
      clip.stages.compactMap { stage in stage.allocations.map { "\(stage.name) \($0)" } }
      + tracker.compactMap { crowd in crowd.allocations.map { "track \(crowd.faces) \($0)" } }
      + [pose.allocations.map { "poses \($0)" }].compactMap { $0 }
    if !counts.isEmpty { lines.append("allocations: " + counts.joined(separator: ", ")) }
  }

  private var heading: String { columns("milliseconds", ["median", "95 %", "99 %", "worst"]) }

  private func row(_ name: String, _ duration: DurationSummary) -> String {
    columns(
      name,
      [duration.median, duration.percentile95, duration.percentile99, duration.worst].map {
        decimals($0, 3)
      })
  }

  private func columns(_ name: String, _ values: [String]) -> String {
    name.padding(toLength: 16, withPad: " ", startingAt: 0)
      + values.map { leftPadded($0, 10) }.joined()
  }

  private func row(_ numbers: [String], _ kernel: String, _ step: String) -> String {
    numbers.map { leftPadded($0, 9) }.joined() + "  "
      + kernel.padding(toLength: 13, withPad: " ", startingAt: 0) + step
  }

  private func leftPadded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}

/// As the system calls it.
private func processorName() -> String {
  let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?
    .split(separator: "\n")
  let line = lines?.first { $0.hasPrefix("model name") }
  return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
    ?? "unknown processor"
}
