import LongTailBasics
import LongTailTorch

extension Network {
    /// Puts fresh adapters on the blocks, which change nothing yet, unless the network has the same.
    ///
    /// - Throws: `.usage` for a network without such blocks, and where other adapters stand.
    public func addAdapters(_ adapters: Adapters, _ draw: inout WeightInitializer) throws(LongTailError) {
        guard let design else { throw LongTailError(.engine, "a network without a name cannot have adapters") }
        if design.adapters == adapters { return }
        if let own = design.adapters {
            throw LongTailError(
                .usage, "the network has adapters already (\(own.summary)), and \(adapters.summary) were asked for",
                remedy: "AdaptFormer stays in a network: train on with the same kind, rank and scale.")
        }
        try adapters.install(on: backbone, &draw)
        setAdapters(adapters)
    }

    /// Makes LoRA part of the weights that it changes, each computed in float64 and rounded once.
    ///
    /// Other adapters stay.
    public func foldAdapters() throws(LongTailError) {
        guard design?.adapters?.kind == .lora else { return }
        try withoutGradients { () throws(LongTailError) in
            try backbone.walk { (_, module) throws(LongTailError) in
                guard let block = module as? any AdaptableBlock else { return }
                for layer in block.attentionLayers + block.perceptronLayers { try layer.fold() }
            }
        }
        setAdapters(nil)
    }
}
