// swift-tools-version: 6.2
import PackageDescription

// A stranger's package that uses the library; ConsumerTests copies it out of the clone, builds and runs it.
let package = Package(
    name: "consumer",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "longtail", path: Context.environment["LONGTAIL_ROOT"] ?? "../../..")],
    targets: [
        .executableTarget(name: "Consumer", dependencies: [.product(name: "LongTail", package: "longtail")])
    ]
)
