// swift-tools-version: 6.2
import PackageDescription

// Packages elsewhere depend on longtail in the same way, by path or by a file URL, with PKG_CONFIG_PATH set to the
// clone's .deps/pkgconfig; scripts/bootstrap lays libtorch's libraries beside the binaries (SCRATCH=.build).
func example(_ name: String) -> Target {
    .executableTarget(name: name, dependencies: [.product(name: "LongTail", package: "longtail")])
}

let package = Package(
    name: "examples",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "longtail", path: Context.environment["LONGTAIL_ROOT"] ?? "../..")],
    targets: [
        example("train-a-recipe"), example("btm-on-a-checkpoint"), example("own-method"),
        example("own-dataset-and-network"),
    ],
    swiftLanguageModes: [.v6]
)
