import CLongTailTorch
import Foundation
import LongTailBasics

/// Processes that work on the same tensors: libtorch's Gloo for the processor's, and NCCL for those of GPUs where each process
/// has one of its own.
///
/// Its operators go through libtorch's dispatcher under PyTorch's names (`_c10d_functional::…`). Every rank calls the
/// same ones in the same order.
public final class ProcessGroup {
    /// What libtorch knows it by.
    public let name: String
    /// Whether tensors of GPUs go from one to the other, without the processor's memory between them.
    public private(set) var joinsGPUs = false
    private var isOpen = true

    /// Connects every rank with every other.
    ///
    /// - Parameters:
    ///   - store: The store that they have in common.
    ///   - name: A name that no earlier group of this store had.
    ///   - world: This process's place.
    ///   - seconds: How long one operator, and the connecting, may take.
    public init(_ store: Store, name: String, _ world: World, seconds: Double) throws(LongTailError) {
        self.name = name
        Self.chooseInterface(towards: world)
        guard
            ct_group_open(
                store.handle, name, name, Int32(clamping: world.rank), Int32(clamping: world.size), seconds) == 0
        else {
            throw LongTailError(
                .network, "the \(world.size) processes could not be connected: \(String(cString: ct_error()))",
                remedy: "GLOO_SOCKET_IFNAME names the network interface to use.")
        }
        guard Device.current.kind == .cuda else { return }
        let isOwn = try CUDA.cards().count >= world.localSize || world.launcher == .slurm
        let isReady = isOwn && ct_group_add_nccl(store.handle, name, seconds) == 0
        // All or none: they must call the same operators.
        let ready = try Device.with(.cpu) { () throws(LongTailError) in
            try allReduce(Tensor([isReady ? 1.0 : 0], shape: [1])).item()
        }
        joinsGPUs = Int(ready) == world.size
    }

    deinit { if isOpen { _ = ct_group_close(name, true) } }

    /// Gloo would take the address of the host's own name, which on many machines is the loopback's: it is told the interface
    /// through which the meeting is reached, where the user names none.
    private static func chooseInterface(towards world: World) {
        var name = [CChar](repeating: 0, count: 64)
        guard ct_interface_towards(world.host, Int32(clamping: world.port), &name, name.count) == 0, name[0] != 0 else {
            return
        }
        setenv("GLOO_SOCKET_IFNAME", name, 0)
    }

    /// The sum over all ranks; the same bits on each.
    ///
    /// - Throws: `.network`, as the others, when a rank is gone or late.
    public func allReduce(_ tensor: Tensor) throws(LongTailError) -> Tensor {
        try waited("_c10d_functional::all_reduce", tensor, .string("sum"), .string(name))
    }

    /// The tensor of one rank, on every rank.
    public func broadcast(_ tensor: Tensor, from rank: Int) throws(LongTailError) -> Tensor {
        try waited("_c10d_functional::broadcast", tensor, .int(rank), .string(name))
    }

    /// The tensors of all ranks, one behind the other along the first dimension.
    public func allGather(_ tensor: Tensor, size: Int) throws(LongTailError) -> Tensor {
        try waited("_c10d_functional::all_gather_into_tensor", tensor, .int(size), .string(name))
    }

    /// One piece for every rank, and as many from every rank: the tensor's first dimension is cut into `size` equal ones.
    public func allToAll(_ tensor: Tensor, size: Int) throws(LongTailError) -> Tensor {
        let pieces = [Int](repeating: tensor.size(0) / max(1, size), count: size)
        return try allToAll(tensor, sending: pieces, receiving: pieces)
    }

    /// A piece for every rank, and one from every rank: of so many elements along the first dimension, none among them.
    public func allToAll(_ tensor: Tensor, sending: [Int], receiving: [Int]) throws(LongTailError) -> Tensor {
        try waited(
            "_c10d_functional::all_to_all_single", tensor, .ints(receiving), .ints(sending), .string(name))
    }

    /// Waits for all ranks.
    ///
    /// - Throws: `.network` with the ranks that did not come, on rank 0.
    public func barrier(seconds: Double) throws(LongTailError) {
        guard ct_monitored_barrier(name, seconds) == 0 else {
            throw LongTailError(.network, "not all processes came to the barrier: \(String(cString: ct_error()))")
        }
    }

    /// Ends it in good order; without this it is torn down.
    public func close() throws(LongTailError) {
        isOpen = false
        guard ct_group_close(name, false) == 0 else { throw LongTailError.engine("shutdown", name) }
    }

    /// The operators take a tensor whose elements lie in their order.
    private func waited(
        _ name: StaticString, _ tensor: Tensor, _ arguments: OperatorArgument...
    ) throws(LongTailError) -> Tensor {
        do throws(LongTailError) {
            let whole = try call("aten::contiguous", .tensor(tensor))
            guard case .tensor(let result)? = try callAll(name, [.tensor(whole)] + arguments).first else {
                throw LongTailError(.engine, "\(name) gave no tensor")
            }
            return try call("_c10d_functional::wait_tensor", .tensor(result))
        } catch {
            // Where in libtorch that was says nothing.
            let reason = error.problem.replacing(/\[\/[^\]]*\] ?/, with: "")
            throw LongTailError(.network, "the processes lost each other: \(reason)")
        }
    }
}
