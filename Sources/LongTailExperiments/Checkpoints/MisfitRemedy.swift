import LongTailBasics
import LongTailSerialization
import LongTailVision

/// The way out when weights do not fit a network: what they seem to be, and what helps in that case.
enum MisfitRemedy {
    /// For a plan with flaws.
    ///
    /// - Parameters:
    ///   - plan: The lists.
    ///   - file: The tensors under the house's names.
    static func text(_ plan: ImportPlan, of file: StateDict) -> String {
        let flaws = plan.missing + plan.surplus + plan.reshaped.map(\.name)
        if flaws.allSatisfy(Classifier.isLayer) { return head(plan) }
        if let stem = plan.reshaped.first(where: { $0.name == "conv1.weight" }), let tensor = file[stem.name],
            tensor.shape.count == 4, tensor.shape[1] != 3
        {
            return channels(tensor.shape[1])
        }
        let hints = signs.filter { $0.isIn(file) }.map(\.words)
        if !hints.isEmpty {
            return "It is a network that is not known here, by \(hints.joined(separator: " and ")). \(known)"
        }
        if plan.missing.isEmpty, plan.reshaped.isEmpty {
            return
                "The network is there, and more that could be part of it. When it is not, save a state dict without: "
                + "\(plan.surplus.prefix(3).joined(separator: ", "))."
        }
        if plan.missing.allSatisfy(Classifier.isLayer), let wide = plan.reshaped.first {
            return "It is a network of other widths (\(wide.name): \(wide.found), not \(wide.expected)). \(known)"
        }
        return "It is another network, or its names are others than PyTorch's ResNets have. \(known)"
    }

    /// For weights of another network than the one that was named.
    static func named(_ network: Network.Architecture) -> String {
        "Name the network that the checkpoint was trained with, \(network.rawValue): by network.name, or "
            + "\(Wording.option("network")) where nothing but the file is given."
    }

    /// Another number of classes, with the names of those that the data have.
    static func classes(_ remedy: String, _ count: Int?, _ names: [String]) -> String {
        guard let count, count != names.count else { return remedy }
        let list = names.prefix(12).joined(separator: ", ") + (names.count > 12 ? " …" : "")
        return "\(remedy)\nThe data's classes are: \(list)."
    }

    private static let known =
        "Known are those that \(Wording.command("networks")) lists, as timm, torchvision and the field's code for CIFAR have them."

    private static let road =
        "Train one on its body first: \(Wording.command("train PHOTOS \(Wording.option("weights", "FILE"))")), or a recipe "
        + "with network.weights and a stage that trains the classifier."

    /// When body and network fit and only the classifier does not.
    private static func head(_ plan: ImportPlan) -> String {
        if let misfit = plan.reshaped.first(where: { $0.name.hasSuffix("weight") }) ?? plan.reshaped.first {
            return sizes(misfit, isCosine: !plan.names.contains(Classifier.layerTensor("bias")))
        }
        let layers = plan.surplus.filter { $0.hasSuffix("weight") }.prefix(3).joined(separator: ", ")
        return layers.isEmpty
            ? "It is a body without a classifier. \(road)"
            : "Its classifier is of several layers (\(layers)), and here it is one linear layer. \(road)"
    }

    /// When the classifier's weight (classes × features, the other way round for cosines) is of another shape.
    private static func sizes(_ misfit: ImportPlan.Misfit, isCosine: Bool) -> String {
        let (file, network) = (misfit.shapes[0], misfit.shapes[1])
        let classes = isCosine ? 1 : 0
        guard file.count == 2, network.count == 2, file[1 - classes] == network[1 - classes] else {
            return "The classifier differs: it is of another feature width."
        }
        return
            "The classifier is for another number of classes: \(file[classes]) in the file, \(network[classes]) in the data."
    }

    private static func channels(_ count: Int) -> String {
        guard count == 1 else {
            return "Its first convolution takes \(count) channels, and pictures here have 3. \(known)"
        }
        return
            "Its first convolution takes grey pictures, and here they have 3 channels. The same for grey pictures is, in "
            + "Python: state['conv1.weight'] = state['conv1.weight'].repeat(1, 3, 1, 1) / 3."
    }

    /// What in names and shapes betrays a network.
    private static let signs: [(words: String, isIn: @Sendable (StateDict) -> Bool)] = [
        ("a stem of several convolutions (the C and D variants, as resnet50d)", { $0["conv1.0.weight"] != nil }),
        ("squeeze and excitation in its blocks", { has($0, [".se.", ".se_module.", ".se1."]) }),
        ("pooling by attention (CLIP's ResNets)", { has($0, ["attnpool."]) }),
        ("shortcuts of other code for CIFAR", { has($0, [".shortcut."]) }),
        (
            "normalisation without running statistics, as group normalisation",
            { $0["bn1.weight"] != nil && $0["bn1.running_mean"] == nil }
        ),
        (
            "a first convolution of 3×3 before torchvision's stages",
            { $0["layer4.0.conv1.weight"] != nil && $0["conv1.weight"]?.shape.suffix(2) == [3, 3] }
        ),
    ]

    private static func has(_ file: StateDict, _ words: [String]) -> Bool {
        file.keys.contains { name in words.contains(where: ".\(name)".contains) }
    }
}
