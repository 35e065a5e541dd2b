// swift-tools-version: 6.2
import PackageDescription

// Floors, lowest first; arrows point down only (docs/architecture.md).
let collections: Target.Dependency = .product(name: "OrderedCollections", package: "swift-collections")
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A floor of the library: its folder and its product have its name.
func floor(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// A system library that pkg-config finds.
func system(_ name: String, _ pkgConfig: String, apt: String, brew: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt]), .brew([brew])])
}

let floors: [Target] = [
    floor("LongTailBasics", []),
    floor("LongTailSerialization", ["LongTailBasics", collections]),
    floor("LongTailImbalance", ["LongTailBasics", "LongTailSerialization", collections]),
    floor(
        "LongTailReporting",
        ["LongTailBasics", "LongTailImbalance", .product(name: "Mustache", package: "swift-mustache")]),
    floor("LongTailRecipeCoding", ["LongTailBasics", .product(name: "Yams", package: "Yams")]),
    floor(
        "LongTailFiles",
        ["LongTailBasics", "LongTailSerialization", "CLongTailArchive", "CLongTailCrypto", collections]),
    floor(
        "LongTailPredictions", ["LongTailBasics", "LongTailSerialization", "LongTailFiles", "LongTailImbalance"]),
    floor(
        "LongTailTorch", ["LongTailBasics", "LongTailSerialization", "CLongTailTorch", "CLongTailKernels", collections]),
    floor(
        "LongTailVision",
        [
            "LongTailBasics", "LongTailSerialization", "LongTailFiles", "LongTailTorch", "CLongTailCodecs",
            "CLongTailArchive", collections,
        ]),
    floor(
        "LongTailTraining",
        [
            "LongTailBasics", "LongTailSerialization", "LongTailFiles", "LongTailImbalance", "LongTailRecipeCoding",
            "LongTailTorch", "LongTailVision", collections,
        ]),
    floor(
        "LongTailExperiments",
        [
            "LongTailBasics", "LongTailSerialization", "LongTailFiles", "LongTailImbalance", "LongTailPredictions",
            "LongTailReporting", "LongTailRecipeCoding", "LongTailTorch", "LongTailVision", "LongTailTraining",
            collections,
        ]),
    floor(
        "LongTailExporting",
        [
            "LongTailBasics", "LongTailSerialization", "LongTailImbalance", "LongTailTorch", "LongTailVision",
            "LongTailTraining", "LongTailExperiments", "LongTailONNXSchema", collections,
            .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        ]),
]

/// The fuzzer's program, which needs libFuzzer at its link: only scripts/fuzz, which brings it, asks for it.
let fuzzer: [Target] =
    Context.environment["LONGTAIL_FUZZ"] == nil
    ? []
    : [
        .systemLibrary(name: "CLibFuzzer", path: "Fuzzing/CLibFuzzer"),
        .executableTarget(
            name: "fuzz", dependencies: ["CLibFuzzer", "FuzzTargets", "LongTailBasics"], path: "Fuzzing/Runner",
            swiftSettings: strict),
    ]

/// Every floor, for `import LongTail` and for tests.
let everything = floors.map { Target.Dependency(stringLiteral: $0.name) }

let package = Package(
    name: "longtail",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "LongTail", targets: ["LongTail"]),
        .executable(name: "longtail", targets: ["LongTailCommand"]),
    ] + floors.map { .library(name: $0.name, targets: [$0.name]) },
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
    ],
    targets: floors + fuzzer + [
        floor("LongTail", everything),
        .executableTarget(
            name: "LongTailCommand",
            dependencies: [
                "LongTail", "CLongTailStart", collections,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .target(
            name: "LongTailONNXSchema", dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
            exclude: ["LICENSE", "README.md", "onnx.proto"]),
        .systemLibrary(name: "CLongTailLibTorch", pkgConfig: "libtorch"),
        system("CLongTailArchive", "libarchive", apt: "libarchive-dev", brew: "libarchive"),
        system("CLongTailCrypto", "libcrypto", apt: "libssl-dev", brew: "openssl@3"),
        system("CLongTailJPEG", "libjpeg", apt: "libjpeg62-turbo-dev", brew: "jpeg-turbo"),
        system("CLongTailPNG", "libpng", apt: "libpng-dev", brew: "libpng"),
        system("CLongTailWebP", "libwebp", apt: "libwebp-dev", brew: "webp"),
        .target(
            name: "CLongTailTorch", dependencies: ["CLongTailLibTorch"],
            cxxSettings: [.headerSearchPath("shims")],
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(name: "CLongTailKernels", dependencies: ["CLongTailLibTorch"]),
        .target(
            name: "CLongTailCodecs", dependencies: ["CLongTailJPEG", "CLongTailPNG", "CLongTailWebP"],
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(name: "CLongTailStart"),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "LongTailBasics", "LongTailSerialization", "LongTailFiles", "LongTailVision", "LongTailTraining",
                "LongTailExperiments", "LongTailImbalance", "LongTailPredictions", "LongTailReporting",
            ],
            path: "Fuzzing/Targets", swiftSettings: strict),
        .target(
            name: "TestSupport",
            dependencies: ["LongTailBasics", "LongTailSerialization", "LongTailTorch", collections],
            path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(
            name: "BasicsTests", dependencies: ["LongTailBasics", "LongTailFiles"], exclude: ["philox.py"],
            swiftSettings: strict),
        .testTarget(
            name: "FuzzingTests", dependencies: ["FuzzTargets", "LongTailBasics"], swiftSettings: strict),
        .testTarget(
            name: "SerializationTests",
            dependencies: ["LongTailBasics", "LongTailSerialization", "LongTailFiles", collections],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "TorchTests", dependencies: everything + ["LongTail", "TestSupport", collections],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "VisionTests", dependencies: everything + ["LongTail", "TestSupport", collections],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "LongTailTests", dependencies: everything + ["LongTail", "TestSupport", collections],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "ExportingTests", dependencies: everything + ["LongTail", "TestSupport", collections],
            exclude: ["onnx.py", "pytorch.py"], swiftSettings: strict),
        .testTarget(
            name: "PredictionsTests",
            dependencies: [
                "LongTailBasics", "LongTailSerialization", "LongTailFiles", "LongTailImbalance", "LongTailPredictions",
            ],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "ReportingTests", dependencies: ["LongTailBasics", "LongTailImbalance", "LongTailReporting"],
            swiftSettings: strict),
        .testTarget(
            name: "CommandTests", dependencies: ["LongTail", "LongTailCommand", "TestSupport", collections],
            exclude: ["ConsumerPackage"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
