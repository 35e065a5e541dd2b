import CLongTailCodecs

/// A library that reads further kinds of pictures, loaded where the machine has it.
package enum OptionalLibrary: String, CaseIterable, Sendable {
    case heif = "libheif"
    case tiff = "libtiff"

    /// Its version; nil where it is not there.
    var version: String? {
        switch self {
        case .heif: longtail_heif_version().map { String(cString: $0) }
        case .tiff:
            // "LIBTIFF, Version 4.5.0" and lines on its authors.
            longtail_tiff_version().map { text in
                let line = String(cString: text).prefix { $0 != "\n" }
                return String(line.split(separator: " ").last ?? line)
            }
        }
    }

    /// The kinds of pictures that it is for.
    private var all: [ImageKind] {
        switch self {
        case .heif: [.heic, .avif]
        case .tiff: [.tiff]
        }
    }

    /// The kinds that it reads on this machine.
    var kinds: [ImageKind] {
        all.filter { kind in
            switch kind {
            case .heic: longtail_heif_decodes(LONGTAIL_HEIF_HEVC) != 0
            case .avif: longtail_heif_decodes(LONGTAIL_HEIF_AV1) != 0
            default: version != nil
            }
        }
    }

    /// The Debian or Ubuntu package that is missing where a kind is not read.
    ///
    /// Newer ones put libheif's decoders into packages of their own, older ones into its dependencies.
    func package(for kind: ImageKind) -> String {
        guard self == .heif else { return "libtiff6" }
        guard version != nil else { return "libheif1" }
        return kind == .avif ? "libheif-plugin-dav1d" : "libheif-plugin-libde265"
    }

    /// Its version and what it reads, or the package that brings it, for `longtail doctor`.
    package var state: String {
        let missing = all.filter { !kinds.contains($0) }
        func names(_ kinds: [ImageKind]) -> String { kinds.map(\.name).joined(separator: ", ") }
        guard let version else { return "not found: package \(package(for: all[0])) (\(names(all)))" }
        let rest = missing.map { "\($0.name) not: package \(package(for: $0))" }
        return "\(version) (\(([names(kinds)].filter { !$0.isEmpty } + rest).joined(separator: "; ")))"
    }
}
