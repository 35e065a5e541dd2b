import Foundation
import LongTailBasics
import LongTailTorch
import LongTailVision

/// What a process computes on: device, threads, processors that read images.
public struct Compute: Sendable {
    /// Where networks run.
    public var device = DeviceChoice.auto
    /// Threads of libtorch; nil takes the cores that this process may use.
    public var threads: Int?
    /// Threads that read and augment images; nil lets data and machine decide.
    public var workers: Int?
    /// On a GPU: the kernels that cuDNN measures to be fastest, which may give other bits from run to run.
    public var measuresKernels = false

    /// The machine as it is.
    public init() {}

    /// Sets device and threads of this process; the device first, because libtorch asks for CUDA only once.
    ///
    /// - Parameter say: Hears why a GPU is not used.
    func use(say: (String) -> Void) throws(LongTailError) {
        _ = try Processor.cap(in: ProcessInfo.processInfo.environment)
        try LoaderCrew.use(workers: workers)
        let world = (try? World()) ?? .alone
        Device.use(try device.resolve(in: world, note: say))
        if Device.current.kind == .cuda { try Engine.setReproducible(!measuresKernels) }
        try Engine.setThreads(threads ?? Self.threads(of: world))
    }

    /// Threads of a process that names none: all cores alone; its share of them where a launcher started several on this machine,
    /// or what OMP_NUM_THREADS says, unless it is the 1 that torchrun puts there by itself.
    static func threads(
        of world: World, _ environment: [String: String] = ProcessInfo.processInfo.environment,
        _ share: ProcessorShare = .current
    ) -> Int {
        guard world.size > 1 else { return share.threads }
        let named = environment["OMP_NUM_THREADS"].flatMap(Int.init)
        if let named, (1...1_024).contains(named), world.launcher != .torchrun || named > 1 { return named }
        return max(1, share.threads / world.localSize)
    }

    /// Keeps libtorch's threads to a core each; after what other threads of the process do first, such as looking at files.
    public static func bindThreads() {
        if Device.current.kind == .cpu { Engine.bindThreads() }
    }

    /// What a record says of the GPU: its name and whether its kernels are the measured ones; nil for the processor.
    public var deviceName: String? {
        get throws(LongTailError) {
            guard Device.current.kind == .cuda else { return nil }
            return try CUDA.cards()[Device.current.index].name + (measuresKernels ? ", cuDNN benchmark" : "")
        }
    }
}
