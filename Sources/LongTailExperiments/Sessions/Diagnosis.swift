import Foundation
import LongTailBasics
import LongTailTorch
import LongTailTraining
import LongTailVision

/// What this program stands on, and how fast it is here.
package enum Diagnosis {
    /// Names and values, in the order of showing; training for about three seconds is one of them.
    ///
    /// - Parameter words: What a failure is called by who shows the facts.
    package static func facts(
        words: (LongTailError) -> String = { $0.description }
    ) throws(LongTailError) -> [(name: String, value: String)] {
        [
            ("longtail", longtailVersion), ("toolchain", toolchain), ("libtorch", Engine.version),
            ("libtorch is", Engine.libraryPath), ("machine", RunRecord.Machine.current.processor),
            ("architecture", RunRecord.Machine.current.architecture),
            ("instructions", instructions), ("precision auto", precision),
            ("cores", ProcessorShare.current.words), ("threads", "\(Engine.threads)"), ("waiting", waiting),
            ("devices", devices.joined(separator: ", ")), ("CUDA", cuda(words)),
            ("codecs", ImageCodec.versions.joined(separator: ", ")),
        ] + OptionalLibrary.allCases.map { (name: $0.rawValue, value: $0.state) } + [("speed", try speed())]
    }

    /// What the processor has and what is used of it.
    private static var instructions: String {
        let (whole, used) = (Processor.whole, Processor.current)
        let names = whole.notableFeatures.joined(separator: " ")
        let cap = used == whole ? "" : ", used: \(used.kind.rawValue) (\(Processor.variable))"
        return "\(whole.kind.rawValue) (\(names))\(cap)"
    }

    private static var precision: String {
        let taken = ComputePrecision.auto.resolved
        let place = Device.current.kind == .cpu ? "this processor" : "this GPU"
        return taken.rawValue
            + (taken == .bfloat16 ? ", which \(place) multiplies" : ": \(place) does not multiply bfloat16")
    }

    /// How libtorch's threads wait for each other.
    private static var waiting: String {
        let environment = ProcessInfo.processInfo.environment
        let names = ["OMP_WAIT_POLICY", "GOMP_SPINCOUNT"]
        let set = names.compactMap { name in environment[name].map { "\(name)=\($0)" } }
        return set.isEmpty ? "OpenMP's default" : set.joined(separator: ", ")
    }

    /// What a probe of about three seconds trains.
    private static func speed() throws(LongTailError) -> String {
        var probe = NetworkSpeed()
        (probe.side, probe.classes, probe.steps, probe.limit) = (32, 100, 10_000, 3)
        let rate = try probe.training(.resnet32).imagesPerSecond
        return "ResNet-32 trains on \(Int(rate.rounded())) images of 32x32 a second"
    }

    private static var devices: [String] {
        ["cpu"] + ((try? CUDA.cards()) ?? []).map { "cuda:\($0.index)" }
    }

    /// The GPUs, or why they are not used and what to do.
    private static func cuda(_ words: (LongTailError) -> String) -> String {
        do throws(LongTailError) {
            return try CUDA.cards().map { card in
                "\(card.name), \(card.memory >> 30) GiB"
            }.joined(separator: "; ")
        } catch {
            // On one line.
            return words(error).replacing("\n  ", with: ". ")
        }
    }

    private static var toolchain: String {
        #if compiler(>=6.3)
            "Swift 6.3 or later"
        #else
            "Swift 6.2"
        #endif
    }
}
