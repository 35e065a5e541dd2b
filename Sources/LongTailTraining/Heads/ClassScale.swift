import LongTailBasics
import LongTailTorch
import LongTailVision

/// A learnable scale per class, multiplied into the logits: learnable weight scaling.
///
/// LWS in Kang et al. 2020; also the second stage of MiSLAS.
public final class ClassScale: ClassifierPart {
    public static let name = "scale"
    private static let tensor = "learned_norm"
    public static let prefixes = [tensor]

    /// 1×K.
    public let scale: Parameter

    /// Ones.
    public init(_ shape: Classifier.Shape, _ draw: inout WeightInitializer) throws(LongTailError) {
        scale = try Parameter(.ones([1, shape.classes]))
    }

    public var children: [(name: String, child: ModuleChild)] { [(Self.tensor, .parameter(scale))] }
    public var classDimensions: [String: Int] { [Self.tensor: 1] }

    public var effect: ClassifierEffect {
        .logits { (logits) throws(LongTailError) in try logits.mul(self.scale.tensor) }
    }
}
