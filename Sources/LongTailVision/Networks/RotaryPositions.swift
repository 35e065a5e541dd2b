import LongTailBasics
import LongTailTorch

/// Rotary positions: by which angles queries and keys are turned for the place of their patch.
///
/// Half of a head's features are pairs for the row, half for the column, each pair with a frequency of its own. Su et al. 2021, RoFormer;
/// for pictures, Fang et al. 2023, EVA-02, and Siméoni et al. 2025, DINOv3, with timm's numbers.
public enum RotaryPositions: Sendable, Equatable {
    /// Rows and columns are counted from 0 and stretched from the grid to one of so many patches a side; pairs are neighbours (EVA-02).
    case stretched(to: Int)
    /// The patches' middles, the picture's edges being −1 and 1; pairs stand half a head apart (DINOv3).
    case centered

    /// The ratio of the highest frequency and one that would follow the lowest.
    private var base: Double { self == .centered ? 100 : 10_000 }

    /// Places of patches along a side of `count`.
    private func places(_ count: Int) -> [Float] {
        (0..<count).map { place in
            switch self {
            case .stretched(let reference): Float(place) / Float(count) * Float(reference)
            case .centered: (Float(place) + 0.5) / Float(count) * 2 - 1
            }
        }
    }

    /// The turns for a grid of patches, which are reckoned in float32 on the host, whatever the network's type and device.
    ///
    /// - Parameters:
    ///   - rows: Of patches.
    ///   - columns: Of patches.
    ///   - width: Features of a head, a multiple of 4.
    ///   - prefix: Tokens before the patches, which are not turned.
    ///   - device: Where the turns are to be.
    func rotation(
        rows: Int, columns: Int, width: Int, prefix: Int, device: String
    ) throws(LongTailError) -> Rotation {
        let (sines, cosines) = try Device.with(.cpu) { () throws(LongTailError) in
            let (down, across) = (places(rows), places(columns))
            let grid = try Tensor(down.flatMap { row in across.flatMap { [row, $0] } }, shape: [rows * columns, 2, 1])
            let powers = try Tensor.pow(base, Tensor((0..<width / 4).map { Float($0) / Float(width / 4) }))
            let angles =
                self == .centered
                ? try grid.mul(2 * Double.pi).div(powers) : try grid.mul(powers.pow(-1))
            return (try pairs(angles.flatten().sin()), try pairs(angles.flatten().cos()))
        }
        return Rotation(
            sines: try sines.to(device: device), cosines: try cosines.to(device: device), prefix: prefix,
            joinsHalves: self == .centered)
    }

    /// Each angle's value for both of its pair: L×(D/2) to L×D.
    private func pairs(_ values: Tensor) throws(LongTailError) -> Tensor {
        self == .centered ? try Tensor.cat([values, values], -1) : try Tensor.stack([values, values], -1).flatten()
    }
}

/// Turns of queries or keys, as a function: N×heads×L×D to the same.
struct Rotation {
    /// L×D, without the tokens before the patches.
    let sines: Tensor
    let cosines: Tensor
    /// Tokens before the patches.
    let prefix: Int
    /// Whether a feature's partner stands half a head away, and not beside it.
    let joinsHalves: Bool

    func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor {
        let patches = try x.slice(2, from: prefix, to: Int.max)
        // In float32 under autocast; the sum goes back to the type of what came in.
        let turned = try patches.mul(cosines).add(partners(patches).mul(sines)).to(like: x)
        return prefix == 0 ? turned : try Tensor.cat([x.slice(2, from: 0, to: prefix), turned], 2)
    }

    /// Each feature's partner, turned by a quarter: of (a, b) it is (−b, a).
    private func partners(_ x: Tensor) throws(LongTailError) -> Tensor {
        if joinsHalves {
            let half = x.size(3) / 2
            return try Tensor.cat([x.slice(3, from: half, to: Int.max).neg(), x.slice(3, from: 0, to: half)], 3)
        }
        let (first, second) = (
            try x.slice(3, from: 0, to: Int.max, step: 2), try x.slice(3, from: 1, to: Int.max, step: 2)
        )
        return try Tensor.stack([second.neg(), first], -1).reshape(x.shape)
    }
}
