import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

@Suite("Processors and threads", .timeLimit(.minutes(10)))
struct ThreadingTests {
  @Test("there is at least one processor and not more than the machine has")
  func processors() {
    #expect((1...ProcessInfo.processInfo.processorCount).contains(availableProcessors()))
  }

  /// What the system would say, and the processors that leaves.
  struct System: Sendable {
    var files: [String: String]
    var processors: Int

    init(_ processors: Int, _ files: [String: String]) {
      self.files = files
      self.processors = processors
    }
  }

  @Test(
    "affinity and every control group around the process count",
    arguments: [
      System(4, ["proc/self/status": "Name:\tx\nCpus_allowed_list:\t0-2,5\nThreads:\t1\n"]),
      System(1, ["proc/self/status": "Cpus_allowed_list:\t7\n"]),
      System(
        3,
        [
          "proc/self/status": "Cpus_allowed_list:\t0-7\n", "proc/self/cgroup": "0::/\n",
          "sys/fs/cgroup/cpu.max": "250000 100000\n",
        ]),
      System(
        8,
        [
          "proc/self/status": "Cpus_allowed_list:\t0-7\n", "proc/self/cgroup": "0::/\n",
          "sys/fs/cgroup/cpu.max": "max 100000\n",
        ]),
      System(
        1,
        [
          "proc/self/status": "Cpus_allowed_list:\t0-7\n",
          "proc/self/cgroup": "0::/user.slice/job.scope\n",
          "sys/fs/cgroup/user.slice/cpu.max": "50000 100000\n",
          "sys/fs/cgroup/user.slice/job.scope/cpu.max": "max 100000\n",
        ]),
      System(
        2,
        [
          "proc/self/status": "Cpus_allowed_list:\t0-7\n", "proc/self/cgroup": "4:cpu:/x\n",
          "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000\n",
          "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        ]),
      System(
        8,
        [
          "proc/self/status": "Cpus_allowed_list:\t0-7\n",
          "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
          "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        ]),
    ])
  func limits(system: System) throws {
    let folder = try TemporaryFolder()
    for (name, text) in system.files {
      let file = folder.url.appending(path: name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    #expect(availableProcessors(root: folder.url.path) == system.processors)
  }

  @Test("a system that says nothing leaves what Foundation counts")
  func silentSystem() throws {
    let folder = try TemporaryFolder()
    #expect(
      availableProcessors(root: folder.url.path)
        == ProcessInfo.processInfo.activeProcessorCount)
  }

  @Test("stages run at the same time and are waited for")
  func stages() {
    let threads = StageThreads()
    #expect(threads.wait(seconds: 0))
    let (first, second) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let ended = Atomic<Int>(0)
    // Each waits for the other: one after the other they would never end.
    threads.start("first") {
      second.signal()
      first.wait()
      ended.add(1, ordering: .sequentiallyConsistent)
    }
    threads.start("second") {
      second.wait()
      first.signal()
      ended.add(1, ordering: .sequentiallyConsistent)
    }
    while !threads.wait(seconds: 1) {}
    #expect(ended.load(ordering: .sequentiallyConsistent) == 2)
  }

  @Test("waiting gives up after its time")
  func waitingTime() {
    let threads = StageThreads()
    let release = DispatchSemaphore(value: 0)
    threads.start("stage") { release.wait() }
    #expect(!threads.wait(seconds: 0.01))
    release.signal()
    while !threads.wait(seconds: 1) {}
  }
}
