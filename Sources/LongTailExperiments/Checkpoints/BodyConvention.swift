import LongTailVision

/// What a program's networks have that their weights do not tell.
enum BodyConvention: Sendable, Equatable {
    /// What timm's have.
    case own
    /// Padding and batch normalisation of TensorFlow's EfficientNets.
    case tensorFlow
    /// torchvision's EfficientNets: from B5 on, and in V2 and MobileNetV3, batch normalisation adds 1e-3 and not 1e-5.
    case torchvision
    /// transformers' DINOv2: two kinds of features, positions resized in its way.
    case transformers

    /// Whether a network can be one of them.
    func allows(_ name: Network.Architecture) -> Bool {
        switch self {
        case .own: true
        case .tensorFlow: name.rawValue.hasPrefix("tf_")
        case .torchvision: name.rawValue.hasPrefix("tv_") || (0...4).contains { name.rawValue == "efficientnet_b\($0)" }
        case .transformers: name.rawValue.contains("dinov2") == name.rawValue.hasPrefix("hf_")
        }
    }
}
