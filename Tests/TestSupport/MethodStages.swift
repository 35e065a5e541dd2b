/// For every method a recipe's stages that train it in about a second on three glyph classes; keys in YAML.
package enum MethodStages {
    private static let base = "epochs: 2, batch-size: 4, rate: { base: 0.01, schedule: constant, warmup: 0 }"

    private static func pre(_ method: String, _ keys: String = "", name: String = "pre-train") -> String {
        "pre-train: { name: \(name), method: \(method), \(base)\(keys.isEmpty ? "" : ", \(keys)") }"
    }

    private static func post(_ method: String, _ keys: String = "") -> String {
        "\(pre("ce")), post-train: { method: \(method), \(base)\(keys.isEmpty ? "" : ", \(keys)") }"
    }

    private static func untrained(_ method: String) -> String { "\(pre("ce")), post-train: { method: \(method) }" }

    /// The stages by method.
    ///
    /// Those whose classes must be many, medium and few are not here (LFME).
    package static let all: [String: String] = [
        "ce": pre("ce", "mixup: 1"), "bsce": pre("bsce", "mixup: 1"), "logit-adjustment": pre("logit-adjustment"),
        "post-hoc-logit-adjustment": untrained("post-hoc-logit-adjustment"), "focal": pre("focal"),
        "class-balanced": pre("class-balanced", "deferred: 1"), "ldam": pre("ldam", "deferred: 1"),
        "lade": pre("lade"), "crt": post("crt"), "lws": post("lws"), "tau-norm": untrained("tau-norm"),
        "ncm": untrained("ncm"), "disalign": post("disalign"), "mislas": post("mislas"), "gml": post("gml"),
        "remix": pre("remix"), "cmo": pre("cmo", "base: ldam, deferred: 1"),
        "dive": "\(pre("bsce", name: "teacher")), \(pre("dive", "from: start, teacher: teacher", name: "student"))",
        "bbn": pre("bbn"),
        "ride": "\(pre("ride", "experts: 2, deferred: 1", name: "teacher")), "
            + pre("ride", "from: start, experts: 2, teacher: teacher", name: "student"),
        "ride-routing": "\(pre("ride", "experts: 2")), post-train: { method: ride-routing, \(base) }",
        "sade": pre("sade"), "paco": pre("paco", "queue: 10, dimension: 8"),
        "gpaco": pre("gpaco", "queue: 10, dimension: 8, smoothing: 0.1"),
    ]
}
