// swift-tools-version: 6.2
import PackageDescription

// Floors, lowest first; arrows point down only (docs/architecture.md).
let collections: Target.Dependency = .product(name: "OrderedCollections", package: "swift-collections")
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "longtail",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "LongTail", targets: ["LongTail", "Experiments", "Reporting"]),
        .executable(name: "longtail", targets: ["Command"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    ],
    targets: [
        .systemLibrary(name: "CLibTorch", pkgConfig: "libtorch"),
        .systemLibrary(
            name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"]), .brew(["libarchive"])]),
        .systemLibrary(
            name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg62-turbo-dev"]), .brew(["jpeg-turbo"])]),
        .systemLibrary(
            name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"]), .brew(["webp"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
        .target(
            name: "CTorch", dependencies: ["CLibTorch"],
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(name: "CStart"),
        .target(name: "CKernels", dependencies: ["CLibTorch"]),
        .target(name: "CCodecs", dependencies: ["CJPEG", "CPNG", "CWebP"]),
        .target(
            name: "Basics", dependencies: ["CCrypto"], swiftSettings: strict),
        .target(
            name: "Serialization",
            dependencies: ["Basics", "CArchive", collections],
            swiftSettings: strict),
        .target(
            name: "Torch", dependencies: ["Basics", "Serialization", "CTorch", "CKernels", collections],
            swiftSettings: strict),
        .target(
            name: "Vision", dependencies: ["Basics", "Serialization", "Torch", "CCodecs", "CArchive"],
            swiftSettings: strict),
        .target(
            name: "LongTail",
            dependencies: [
                "Basics", "Serialization", "Torch", "Vision", collections, .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict),
        .target(
            name: "ONNXSchema", dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
            exclude: ["LICENSE", "README.md", "onnx.proto"]),
        .target(
            name: "Exporting",
            dependencies: [
                "Basics", "Serialization", "Torch", "Vision", "LongTail", "ONNXSchema", collections,
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: strict),
        .target(
            name: "Reporting",
            dependencies: ["Basics", "LongTail", .product(name: "Mustache", package: "swift-mustache")],
            swiftSettings: strict),
        .target(
            name: "Experiments",
            dependencies: ["Basics", "Serialization", "Torch", "Vision", "LongTail", "Reporting", collections],
            swiftSettings: strict),
        .executableTarget(
            name: "Command",
            dependencies: [
                "Basics", "Experiments", "Serialization", "Torch", "Vision", "LongTail", "Reporting", "Exporting", "CStart",
                collections,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "Basics", "Serialization", "Vision", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Fuzzing", exclude: ["native"], swiftSettings: strict),
        .target(
            name: "TestSupport", dependencies: ["Basics", "Serialization", "Torch", collections],
            path: "Tests/TestSupport",
            swiftSettings: strict),
        .testTarget(name: "BasicsTests", dependencies: ["Basics"], exclude: ["philox.py"], swiftSettings: strict),
        .testTarget(
            name: "SerializationTests", dependencies: ["Basics", "Serialization", collections],
            resources: [.copy("Fixtures")],
            swiftSettings: strict),
        .testTarget(
            name: "TorchTests", dependencies: ["Basics", "Serialization", "Torch", "TestSupport", collections],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "VisionTests",
            dependencies: ["Basics", "Serialization", "Torch", "Vision", "TestSupport", collections],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "LongTailTests",
            dependencies: ["Basics", "Serialization", "Torch", "Vision", "LongTail", "TestSupport", collections],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "ExportingTests",
            dependencies: [
                "Basics", "Serialization", "Torch", "Vision", "LongTail", "Exporting", "TestSupport", collections,
            ], exclude: ["onnx.py", "pytorch.py"], swiftSettings: strict),
        .testTarget(name: "ReportingTests", dependencies: ["Basics", "LongTail", "Reporting"], swiftSettings: strict),
        .testTarget(
            name: "CommandTests",
            dependencies: ["Basics", "Command", "LongTail", "Serialization", "Vision", collections],
            exclude: ["ConsumerPackage"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
