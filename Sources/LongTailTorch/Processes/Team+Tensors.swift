import Foundation
import LongTailBasics
import LongTailSerialization

extension Team {
    /// The sum of one tensor of every rank, ((a + b) + (c + d)) over the ranks' numbers; the same bits on each.
    ///
    /// Where each rank's tensor is such a sum over as many parts, the whole is that over all parts, on however many ranks that are
    /// a power of two. Each rank adds up one piece of all, so that as many bytes travel as in a ring.
    ///
    /// - Parameter own: One dimension, of the same size on every rank.
    public func sum(_ own: Tensor) throws(LongTailError) -> Tensor {
        let (count, size) = (own.count, world.size)
        let piece = (count + size - 1) / size
        return try onProcessor(own) { (own) throws(LongTailError) in
            let rows = try group.allToAll(own.pad([0, piece * size - count]), size: size).reshape([size, piece])
            /// The sum over some ranks, half and half.
            func sum(_ ranks: Range<Int>) throws(LongTailError) -> Tensor {
                guard ranks.count > 1 else {
                    return try rows.slice(0, from: ranks.lowerBound, to: ranks.upperBound).reshape([piece])
                }
                let middle = (ranks.lowerBound + ranks.upperBound) / 2
                return try sum(ranks.lowerBound..<middle).add(sum(middle..<ranks.upperBound))
            }
            return try group.allGather(sum(0..<size), size: size).slice(0, from: 0, to: count)
        }
    }

    /// The bytes of every rank, by rank.
    public func gather(_ own: Data) throws(LongTailError) -> [Data] {
        try Device.with(.cpu) { () throws(LongTailError) in
            let sizes: [Int] = try group.allGather(Tensor([own.count]), size: world.size).array(of: Double.self)
                .map { Int($0) }
            let longest = sizes.max() ?? 0
            guard longest > 0 else { return sizes.map { _ in Data() } }
            let padded = own + Data(count: longest - own.count)
            let all = try group.allGather(
                Tensor(HostTensor(dtype: .uint8, shape: [longest], bytes: padded)), size: world.size
            ).host().bytes
            return sizes.enumerated().map { rank, size in
                Data(all.dropFirst(rank * longest).prefix(size))
            }
        }
    }

    /// The bytes of every rank, by rank, on rank 0 alone: the others are sent nothing, and get nothing.
    public func collect(_ own: Data) throws(LongTailError) -> [Data] {
        try Device.with(.cpu) { () throws(LongTailError) in
            let sizes: [Int] = try group.allGather(Tensor([own.count]), size: world.size).array(of: Double.self)
                .map { Int($0) }
            let none = [Int](repeating: 0, count: world.size)
            var sending = none
            sending[0] = own.count
            var all = try group.allToAll(
                Tensor(HostTensor(dtype: .uint8, shape: [own.count], bytes: own)), sending: sending,
                receiving: world.rank == 0 ? sizes : none
            ).host().bytes
            guard world.rank == 0 else { return [] }
            return sizes.map { size in
                defer { all = all.dropFirst(size) }
                return Data(all.prefix(size))
            }
        }
    }

    /// The lists of tensors of every rank, one behind the other by rank.
    public func gather(_ own: [[Tensor]]) throws(LongTailError) -> [[Tensor]] {
        var hosts: [[HostTensor]] = []
        for list in own {
            var row: [HostTensor] = []
            for tensor in list { row.append(try tensor.host()) }
            hosts.append(row)
        }
        var all: [[Tensor]] = []
        for parcel in try gather(Parcel.pack(hosts)) {
            for list in try Parcel.unpack(parcel) {
                var row: [Tensor] = []
                for tensor in list { row.append(try Tensor(tensor)) }
                all.append(row)
            }
        }
        return all
    }

    /// Gloo sends what lies in the machine's memory; NCCL what lies in a GPU's.
    private func onProcessor(
        _ tensor: Tensor, _ body: (Tensor) throws(LongTailError) -> Tensor
    ) throws(LongTailError) -> Tensor {
        let place = tensor.device
        guard place != "cpu", !group.joinsGPUs else { return try body(tensor) }
        return try Device.with(.cpu) { () throws(LongTailError) in try body(tensor.to(device: "cpu")) }
            .to(device: place)
    }
}

/// Lists of tensors as bytes: the number of bytes of a description in JSON, the description, and the tensors' bytes.
enum Parcel {
    private struct Item: Codable {
        let dtype: String
        let shape: [Int]
        let bytes: Int

        func fills(_ dtype: DType) -> Bool {
            var count = dtype.size
            for size in shape {
                let (product, overflow) = count.multipliedReportingOverflow(by: size)
                guard size >= 0, !overflow else { return false }
                count = product
            }
            return count == bytes
        }
    }

    static func pack(_ lists: [[HostTensor]]) throws(LongTailError) -> Data {
        let items = lists.map { $0.map { Item(dtype: $0.dtype.rawValue, shape: $0.shape, bytes: $0.bytes.count) } }
        let head = try RunJSON.encode(items)
        var data = withUnsafeBytes(of: UInt64(head.count).littleEndian) { Data($0) } + head
        for list in lists { for tensor in list { data += tensor.bytes } }
        return data
    }

    static func unpack(_ data: Data) throws(LongTailError) -> [[HostTensor]] {
        let foreign = LongTailError(.network, "what another process sent is no list of tensors")
        guard data.count >= 8 else { throw foreign }
        let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(data.count - 8),
            let items = RunJSON.decode([[Item]].self, data.dropFirst(8).prefix(Int(length)))
        else { throw foreign }
        var rest = data.dropFirst(8 + Int(length))
        var lists: [[HostTensor]] = []
        for row in items {
            var list: [HostTensor] = []
            for item in row {
                guard let dtype = DType(rawValue: item.dtype), (0...rest.count).contains(item.bytes),
                    item.fills(dtype)
                else { throw foreign }
                list.append(HostTensor(dtype: dtype, shape: item.shape, bytes: Data(rest.prefix(item.bytes))))
                rest = rest.dropFirst(item.bytes)
            }
            lists.append(list)
        }
        return lists
    }
}
