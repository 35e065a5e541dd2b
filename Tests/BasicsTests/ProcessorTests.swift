import LongTailBasics
import Testing

@Suite struct ProcessorTests {
    private static let v3 = "fpu sse2 avx avx2 fma f16c bmi2"
    private static let v4 = "\(v3) avx512f avx512bw avx512dq avx512vl avx512cd"

    @Test(
        "A processor's kind follows from its features, as Linux lists them",
        arguments: [
            ("x86_64", "fpu sse2 ssse3", Processor.Kind.portable, false),
            ("x86_64", "fpu sse2 avx", .portable, false),
            ("x86_64", v3, .avx2, false),  // Zen 3, Haswell
            ("x86_64", "\(v3) avx_vnni", .avx2, false),  // Alder Lake
            ("x86_64", "\(v3) avx512f avx512cd", .avx2, false),  // Knights Landing lacks what libtorch needs
            ("x86_64", v4, .avx512, false),  // Skylake-X
            ("x86_64", "\(v4) avx512_vnni avx512_bf16", .avx512BFloat16, true),  // Cooper Lake, Zen 4
            ("x86_64", "\(v4) avx512_bf16 amx_bf16 amx_tile amx_int8", .amx, true),  // Sapphire Rapids
            ("x86_64", "\(v4) avx512_bf16 amx_bf16", .avx512BFloat16, true),  // tiles switched off
            ("x86_64", "\(v3) bf16", .avx2, false),
            ("arm64", "fp asimd crc32 atomics", .neon, false),  // Graviton 2
            ("arm64", "fp asimd sve bf16 i8mm", .armBFloat16, true),  // Graviton 3
            ("unknown", "", .portable, false),
        ])
    func kinds(architecture: String, features: String, kind: Processor.Kind, isFast: Bool) {
        let processor = Processor(cpuInfo: "model name : X\nflags : \(features)", architecture: architecture)
        #expect(processor.kind == kind && processor.multipliesBFloat16 == isFast)
    }

    @Test("A cap takes away what is wider, and nothing else") func caps() throws {
        let whole = Processor(cpuInfo: "flags\t: \(Self.v4) avx512_bf16 amx_tile amx_bf16", architecture: "x86_64")
        #expect(whole.capped(nil) == whole)
        #expect(whole.capped(.avx2).kind == .avx2)
        #expect(whole.capped(.avx2).features == Set(Self.v3.split(separator: " ").map(String.init)))
        #expect(whole.capped(.portable).kind == .portable)
        #expect(whole.capped(.portable).features.contains("sse2"))
        let arm = Processor(cpuInfo: "Features\t: asimd bf16", architecture: "arm64")
        #expect(arm.kind == .armBFloat16 && arm.capped(.avx2).kind == .neon)
    }

    @Test("The environment names a cap, none, or something that is refused") func environment() throws {
        #expect(try Processor.cap(in: ["LONGTAIL_CPU": "avx2"]) == .avx2)
        #expect(try Processor.cap(in: ["LONGTAIL_CPU": "portable"]) == .portable)
        #expect(try Processor.cap(in: [:]) == nil && Processor.cap(in: ["LONGTAIL_CPU": ""]) == nil)
        let refused = #expect(throws: LongTailError.self) { try Processor.cap(in: ["LONGTAIL_CPU": "avx3"]) }
        #expect(
            refused?.problem == "LONGTAIL_CPU cannot be 'avx3'" && refused?.remedy?.contains("avx2 or portable") == true
        )
    }

    @Test("The name is the first processor's") func name() {
        let text = "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz: x\nflags\t\t: avx2 fma\nmodel name\t: Other\n"
        #expect(Processor(cpuInfo: text, architecture: "x86_64").name == "Some CPU @ 2 GHz: x")
        #expect(Processor(cpuInfo: "nothing", architecture: "x86_64").name == "unknown")
    }
}
