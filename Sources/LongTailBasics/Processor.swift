import Foundation

/// What this machine's processor can multiply quickly, and how it is called.
package struct Processor: Sendable, Equatable {
    /// The instruction sets that decide about speed, slowest first.
    package enum Kind: String, Sendable, CaseIterable {
        /// x86-64 without AVX2, or an unknown processor.
        case portable
        /// Arm with 128-bit vectors.
        case neon
        /// 256-bit vectors with fused multiplication.
        case avx2
        /// 512-bit vectors.
        case avx512
        /// 512-bit vectors that multiply bfloat16.
        case avx512BFloat16 = "avx512-bf16"
        /// Tiles that multiply bfloat16.
        case amx
        /// Arm that multiplies bfloat16.
        case armBFloat16 = "arm-bf16"
    }

    /// The least that `LONGTAIL_CPU` leaves of a processor.
    package enum Cap: String, Sendable, CaseIterable {
        /// 256-bit vectors: no AVX-512, no bfloat16.
        case avx2
        /// No vectors wider than any processor of the architecture has.
        case portable
    }

    /// The name of the environment variable that caps what is used, so that one machine can be tested as several.
    package static let variable = "LONGTAIL_CPU"

    /// As the system tells it.
    package var name: String
    /// "x86_64", "arm64".
    package var architecture: String
    /// Features as Linux names them, in lower case.
    package var features: Set<String>

    /// A processor of parts.
    package init(name: String, architecture: String, features: Set<String>) {
        (self.name, self.architecture, self.features) = (name, architecture, features)
    }

    /// The fastest instruction set.
    package var kind: Kind {
        func has(_ names: String...) -> Bool { features.isSuperset(of: names) }
        if architecture == "arm64" { return has("bf16") ? .armBFloat16 : .neon }
        let hasAVX512 = has("avx512f", "avx512bw", "avx512dq", "avx512vl")
        if hasAVX512, has("amx_tile", "amx_bf16") { return .amx }
        if hasAVX512, has("avx512_bf16") { return .avx512BFloat16 }
        if hasAVX512 { return .avx512 }
        return has("avx2", "fma") ? .avx2 : .portable
    }

    /// Whether it multiplies bfloat16 faster than float32; others fall back to code that is many times slower.
    package var multipliesBFloat16: Bool { [.avx512BFloat16, .amx, .armBFloat16].contains(kind) }

    /// The features that matter here and are there, in a fixed order.
    package var notableFeatures: [String] {
        ["avx2", "fma", "avx512f", "avx512vl", "avx512_bf16", "amx_bf16", "asimd", "sve", "bf16"]
            .filter(features.contains)
    }

    /// What is left of it under a cap.
    package func capped(_ cap: Cap?) -> Processor {
        guard let cap else { return self }
        var left = self
        left.features = features.filter { feature in
            if feature.hasPrefix("avx512") || feature.hasPrefix("amx") || feature == "bf16" { return false }
            return cap == .avx2 || !["avx", "avx2", "fma", "f16c", "avx_vnni", "sve", "sve2"].contains(feature)
        }
        return left
    }

    /// The cap that an environment asks for; nil for none.
    ///
    /// - Throws: `.usage` for a word that is none.
    package static func cap(in environment: [String: String]) throws(LongTailError) -> Cap? {
        guard let word = environment[variable], !word.isEmpty else { return nil }
        guard let cap = Cap(rawValue: word) else {
            throw LongTailError(
                .usage, "\(variable) cannot be '\(word)'",
                remedy: "Set it to \(Cap.allCases.map(\.rawValue).joined(separator: " or ")), or leave it unset.")
        }
        return cap
    }

    /// This machine's, whole.
    package static let whole = Processor(
        cpuInfo: (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? "", architecture: architectureName)

    /// This machine's under the cap of the environment; a word that is no cap is for the command to refuse.
    package static let current = whole.capped((try? cap(in: ProcessInfo.processInfo.environment)) ?? nil)

    /// The first processor of a `/proc/cpuinfo`.
    package init(cpuInfo text: String, architecture: String) {
        func value(_ names: [String]) -> String? {
            for line in text.split(separator: "\n") {
                guard let colon = line.firstIndex(of: ":") else { continue }
                guard names.contains(line[..<colon].trimmingCharacters(in: .whitespaces)) else { continue }
                return line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            }
            return nil
        }
        let features = value(["flags", "Features"]) ?? ""
        self.init(
            name: value(["model name"]) ?? "unknown", architecture: architecture,
            features: Set(features.lowercased().split(separator: " ").map(String.init)))
    }

    private static var architectureName: String {
        #if arch(x86_64)
            "x86_64"
        #elseif arch(arm64)
            "arm64"
        #else
            "unknown"
        #endif
    }
}
