import CLongTailKernels
import CLongTailTorch
import LongTailBasics

/// The process-wide side of libtorch.
public enum Engine {
    /// Version of libtorch, such as "2.11.0".
    public static var version: String { String(cString: ct_version()) }

    /// How libtorch was built and what it uses: instruction sets, BLAS, threads.
    public static var configuration: String { String(cString: ct_configuration()) }

    /// Threads that an operator may use; part of what bit-identical results depend on.
    public static var threads: Int { Int(ct_threads()) }

    /// Sets the number of threads that an operator may use, and the allocator for long work.
    public static func setThreads(_ count: Int) throws(LongTailError) {
        guard (1...1024).contains(count) else {
            throw LongTailError(.usage, "threads must be from 1 to 1024, not \(count)")
        }
        ct_keep_memory()
        guard ct_set_threads(Int32(clamping: count)) == 0 else { throw LongTailError.engine("set_threads", "\(count)") }
    }

    /// Keeps each of libtorch's threads to a core of its own, where there are as many as this process has cores.
    ///
    /// Beside other busy programs the system may otherwise put two of them on one core, and every operator waits for the
    /// slower. For programs that own their threads, such as the command; what the user says to OpenMP about binding wins.
    ///
    /// - Returns: Whether they are bound.
    @discardableResult
    package static func bindThreads(_ share: ProcessorShare = .current) -> Bool {
        guard !share.members.isEmpty else { return false }
        let numbers = share.members.flatMap(\.self).map { Int32(clamping: $0) }
        var starts: [Int32] = [0]
        for core in share.members { starts.append(starts[starts.count - 1] + Int32(clamping: core.count)) }
        return ck_bind_threads(numbers, starts, Int32(clamping: share.members.count)) != 0
    }

    /// Lets the calling thread go to every core again: threads that are made after a binding inherit it.
    package static func unbindThread() { ck_unbind_thread() }

    /// Seeds libtorch's own generators; the house draws its numbers from `CounterRandom` instead.
    public static func seed(_ seed: UInt64) throws(LongTailError) {
        guard ct_seed(seed) == 0 else { throw LongTailError.engine("manual_seed", "\(seed)") }
    }

    /// Where the loaded libtorch lies: its CPU library; empty when that is not known.
    public static var libraryPath: String { String(cString: ct_library_path()) }

    /// Lets GPUs use only kernels that give the same bits every time, where there are such, or whichever cuDNN finds
    /// to be fastest; the processor's always give the same.
    public static func setReproducible(_ required: Bool) throws(LongTailError) {
        guard ct_reproducible(required) == 0 else { throw LongTailError.engine("reproducible", "\(required)") }
    }
}
