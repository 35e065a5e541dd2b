import LongTail
import Testing

@testable import LongTailTraining

/// What a stage trains, by roles, against the names of the field's checkpoints.
@Suite struct TrainingRulesTests {
    /// Whether a stage trains a parameter of such a name: what the names of MiSLAS's, RIDE's and DisAlign's code say.
    private static func trains(_ name: String, _ training: TrainingRecipe, lastBlock: String) -> Bool {
        let isGate = name.hasPrefix("expert_help_pred")
        let isScale = name == "learned_norm"
        let isCalibration = name.hasPrefix("logit_") || name.hasPrefix("confidence_layer.")
        if isGate { return training.trains.rawValue == "gates" }
        let inClassifier = name.hasPrefix("fc.") || name.hasPrefix("linears.") || isScale || isCalibration
        let isNormalization = !inClassifier && name.contains(#/(^|\.)(bn\d|downsample\.1)\.(weight|bias)$/#)
        if training.batchNorm == .shift, isNormalization { return false }
        return switch training.trains.rawValue {
        case "all": true
        case "backbone": !inClassifier
        case "last-block": inClassifier || isNormalization || name.hasPrefix(lastBlock)
        // There are none on these.
        case "classifier", "adapters": inClassifier
        case "scale": isScale
        case "calibration": isCalibration
        default: false
        }
    }

    private static var everything: [TrainingRecipe] {
        TrainablePart.allCases.flatMap { part in
            TrainingRecipe.BatchNorm.allCases.map { batchNorm in
                var training = TrainingRecipe()
                (training.trains, training.batchNorm) = (part, batchNorm)
                return training
            }
        }
    }

    /// Each parameter has one role, is under one rule of every stage, and the rule says what its name says.
    private func check(_ network: Network, lastBlock: String, _ comment: Comment) throws {
        let (roles, names) = (try network.roles(), try network.parameters().map(\.name))
        #expect(roles.keys.sorted() == names.sorted(), comment)
        for training in Self.everything {
            let rules = training.rules
            #expect(roles.values.allSatisfy { rules.position(for: $0) != nil }, comment)
            let wrong = names.filter { name in
                roles[name].map(rules.trains) != Self.trains(name, training, lastBlock: lastBlock)
            }
            #expect(wrong.isEmpty, "\(comment) \(training.trains) \(training.batchNorm): \(wrong.prefix(4))")
        }
    }

    @Test(
        "On every network, whatever methods have put on it, roles train what names say",
        arguments: Network.Architecture.allCases.filter {
            $0.rawValue.hasPrefix("res") && $0.canBranch && !$0.rawValue.hasSuffix("d") || $0 == .resnet152Places
        })
    func networks(_ name: Network.Architecture) throws {
        let blocks: [Network.Architecture: String] = [
            .resnet20: "layer3.2.", .resnet32: "layer3.4.", .resnet44: "layer3.6.", .resnet56: "layer3.8.",
            .resnet110: "layer3.17.", .resnet18: "layer4.1.", .resnet152Places: "block.",
        ]
        let lastBlock = blocks[name] ?? "layer4.2."
        for kind in Classifier.Kind.allCases {
            var draw = WeightInitializer.shapes
            let network = try Network(name, classifier: kind, classes: 5, &draw)
            for part in Methods.parts where part != ExpertGates.self && part != NearestMeanLayer.self {
                try network.classifier.add(part, &draw)
            }
            try check(network, lastBlock: lastBlock, "\(name) \(kind)")
        }
        guard name.canBranch else { return }
        var draw = WeightInitializer.shapes
        let experts = try Network(.init(name, .cosine, .experts(count: 3, isNarrow: true)), classes: 5, &draw)
        for part in Methods.parts where part != NearestMeanLayer.self { try experts.classifier.add(part, &draw) }
        try check(experts, lastBlock: "\(lastBlock.prefix(6))s.2.", "\(name) experts")
        let divided = try Network(.init(name, .linear, .bilateral), classes: 5, &draw)
        let last = try divided.parameters().map(\.name).last { $0.hasPrefix("layer") } ?? ""
        try check(
            divided, lastBlock: last.split(separator: ".").prefix(2).map { "\($0)." }.joined(), "\(name) bilateral")
    }

    @Test("Every method leaves a network whose parameters have roles, and puts on it what it says")
    func methods() throws {
        for type in Methods.all {
            var draw = WeightInitializer.shapes
            var network = try Network(.resnet20, classifier: .linear, classes: 5, &draw)
            if type == RIDERouting.self { try RIDE().prepare(&network, &draw) }
            try type.init().prepare(&network, &draw)
            #expect(network.classifier.parts.map { Swift.type(of: $0).name } == type.parts.map { $0.name })
            let isDivided = network.design?.branches != .single
            if !isDivided { try check(network, lastBlock: "layer3.2.", "\(type.name)") }
            #expect(try network.roles().count == network.parameters().count)
        }
    }

    @Test("What methods put on a classifier is a word of trains, unless it takes the layer's place")
    func words() {
        let names = Methods.parts.filter { $0 != NearestMeanLayer.self }.map { $0.name }
        #expect(Set(names).count == names.count)
        #expect(
            TrainablePart.allCases.map(\.rawValue) == ["all", "backbone", "last-block", "adapters", "classifier"]
                + names)
    }
}
