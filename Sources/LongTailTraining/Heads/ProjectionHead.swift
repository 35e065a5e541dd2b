import LongTailBasics
import LongTailTorch

/// From features to the vectors that are contrasted: N×D to N×dimension, before they are brought to unit length.
public final class ProjectionHead: Module {
    /// The layers between.
    public enum Form {
        /// Linear, batch normalisation, ReLU, linear (PaCo).
        case normalized
        /// Linear, ReLU, linear, ReLU, linear (GPaCo).
        case deep
    }

    private let linears: [Linear]
    private let normalization: BatchNorm2d?

    public init(_ form: Form, _ width: Int, _ dimension: Int, _ draw: inout WeightInitializer) throws(LongTailError) {
        var linears: [Linear] = []
        for output in form == .normalized ? [width, dimension] : [width, width, dimension] {
            linears.append(try Linear(width, output, initialization: .kaimingUniform, &draw))
        }
        self.linears = linears
        normalization = form == .normalized ? try BatchNorm2d(width) : nil
    }

    /// Names as in the authors' code, by position: ReLUs have none.
    public var children: [(name: String, child: ModuleChild)] {
        guard let normalization else { return zip(["0", "2", "4"], linears).map { ($0, .module($1)) } }
        return [("0", .module(linears[0])), ("1", .module(normalization)), ("3", .module(linears[1]))]
    }

    public func callAsFunction(_ features: Tensor) throws(LongTailError) -> Tensor {
        var x = try linears[0](features)
        if let normalization { x = try normalization(x) }
        for layer in linears.dropFirst() { x = try layer(x.relu()) }
        return x
    }
}
