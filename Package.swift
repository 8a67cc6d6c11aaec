// swift-tools-version: 6.2
import PackageDescription

/// What every module of ours is built with.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .strictMemorySafety(),
]

/// For modules that loop over pixels, tensors or iterations of a solver: unoptimised they run some fifty times slower,
/// which would make the debug tests useless.
let optimisedInDebug: [SwiftSetting] =
  strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// The kernels exist once for each processor level: the same sources (the folders are links to one),
/// built with different flags of the C compiler, from which Swift takes the instructions it may use.
/// The best are chosen when the program starts.
func kernels(
  _ name: String, architecture: String? = nil, features: [String] = [], defines: [String] = []
) -> Target {
  #if arch(x86_64)
    let flags = (architecture.map { ["-march=\($0)"] + features } ?? []).flatMap { ["-Xcc", $0] }
    let level = defines.map { SwiftSetting.define($0) }
  #else
    let flags: [String] = []
    let level: [SwiftSetting] = []
  #endif
  let settings: [SwiftSetting] = [
    .unsafeFlags(
      ["-O", "-wmo", "-num-threads", "2", "-disable-batch-mode"], .when(configuration: .debug)),
    .unsafeFlags(flags),
  ]
  return .target(
    name: "Kernels\(name)", dependencies: ["CProcessor", "KernelInterface"],
    path: "Sources/Kernels/\(name)",
    swiftSettings: strict + settings + level)
}

let package = Package(
  name: "facestream",
  products: [.executable(name: "facestream", targets: ["facestream"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(
      url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    .package(
      url: "https://github.com/HdrHistogram/hdrhistogram-swift", .upToNextMinor(from: "0.2.0")),
  ],
  targets: [
    .systemLibrary(name: "CFFmpeg", pkgConfig: "libavformat"),
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas"),
    .systemLibrary(name: "CCairo", pkgConfig: "cairo"),
    .systemLibrary(name: "CProcessor"),
    .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib"),

    .target(name: "Imaging", swiftSettings: optimisedInDebug),
    .target(
      name: "Media", dependencies: ["CFFmpeg", "CTurboJPEG", "Imaging"], swiftSettings: strict),
    .target(name: "KernelInterface", swiftSettings: optimisedInDebug),
    kernels("Portable"),
    kernels("AVX2", architecture: "x86-64-v3", defines: ["KERNELS_FUSED", "KERNELS_AVX2"]),
    kernels("AVX512", architecture: "x86-64-v4", defines: ["KERNELS_FUSED", "KERNELS_AVX512"]),
    kernels(
      "BFloat16", architecture: "x86-64-v4", features: ["-mavx512bf16"],
      defines: ["KERNELS_FUSED", "KERNELS_AVX512", "KERNELS_BFLOAT16"]),
    .target(
      name: "Inference",
      dependencies: [
        "COpenBLAS", "CProcessor", "Imaging", "KernelInterface", "KernelsPortable", "KernelsAVX2",
        "KernelsAVX512", "KernelsBFloat16",
      ],
      swiftSettings: optimisedInDebug),
    .target(
      name: "Detection", dependencies: ["Inference", "Imaging"],
      resources: [
        .copy("Resources/retinaface-mnet025.safetensors"),
        .copy("Resources/retinaface-mnet025.json"),
      ],
      swiftSettings: optimisedInDebug),
    .target(name: "Tracking", dependencies: ["Imaging"], swiftSettings: optimisedInDebug),
    .target(name: "Pose", dependencies: ["Imaging"], swiftSettings: optimisedInDebug),
    .target(
      name: "Overlay", dependencies: ["CCairo", "Imaging"], swiftSettings: optimisedInDebug),
    .target(
      name: "Alignment", dependencies: ["CCairo", "Imaging"], swiftSettings: optimisedInDebug),
    .target(name: "Evaluation", dependencies: ["CZlib", "Imaging"], swiftSettings: strict),
    .target(
      name: "Pipeline",
      dependencies: [
        "Media", "Detection", "Inference", "Tracking", "Pose", "Overlay", "Alignment", "Evaluation",
        "Imaging", "Yams", .product(name: "Histogram", package: "hdrhistogram-swift"),
      ],
      swiftSettings: strict),
    .target(
      name: "Serving",
      dependencies: [
        "Media", "Pipeline",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      resources: [.copy("Resources/page.html")],
      swiftSettings: strict),
    .executableTarget(
      name: "facestream",
      dependencies: [
        "Pipeline", "Serving", "Media", "Detection", "Inference", "Evaluation", "Imaging",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    .target(
      name: "TestSupport", dependencies: ["Imaging"], path: "Tests/TestSupport",
      swiftSettings: strict),
    .testTarget(
      name: "ImagingTests", dependencies: ["Imaging", "TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "MediaTests", dependencies: ["Media", "Imaging", "TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "InferenceTests", dependencies: ["Inference", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "DetectionTests", dependencies: ["Detection", "Imaging", "Inference", "TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "TrackingTests", dependencies: ["Tracking", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "PoseTests", dependencies: ["Pose", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "OverlayTests", dependencies: ["Overlay", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "AlignmentTests", dependencies: ["Alignment", "Imaging", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "EvaluationTests", dependencies: ["Evaluation", "Imaging", "TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "PipelineTests",
      dependencies: [
        "Pipeline", "Media", "Imaging", "Detection", "Inference", "Evaluation", "Overlay", "Pose",
        "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ServingTests",
      dependencies: ["Serving", "Pipeline", "Media", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "facestream", "Pipeline", "TestSupport",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
  ]
)
