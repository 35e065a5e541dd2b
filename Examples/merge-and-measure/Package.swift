// swift-tools-version: 6.2
import PackageDescription

// Floors that need neither libtorch nor any other library of the system: built with no .deps and an empty PKG_CONFIG_PATH.
let package = Package(
    name: "merge-and-measure",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "longtail", path: Context.environment["LONGTAIL_ROOT"] ?? "../..")],
    targets: [
        .executableTarget(
            name: "merge-and-measure",
            dependencies: [
                .product(name: "LongTailImbalance", package: "longtail"),
                .product(name: "LongTailReporting", package: "longtail"),
                .product(name: "LongTailSerialization", package: "longtail"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
