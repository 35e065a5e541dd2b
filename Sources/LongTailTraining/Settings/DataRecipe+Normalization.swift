import LongTailVision

extension DataRecipe {
    /// What the network's input is normalised by.
    package var normalization: Normalization {
        let standard = standardNormalization
        return Normalization(mean: mean?.map(Float.init) ?? standard.mean, std: std?.map(Float.init) ?? standard.std)
    }

    /// What is usual on the data set.
    var standardNormalization: Normalization {
        if let source = name.source { return source.normalization }
        return switch name {
        case .cifar10, .cifar100: .cifar
        case .glyphs: .glyphs
        default: name.published?.normalization ?? .imageNet
        }
    }
}
