import LongTailRecipeCoding
import LongTailVision

extension TrainingRecipe {
    /// Values that nothing would read, as the stage's other keys stand: each is an error, since it was written for something.
    ///
    /// A resolved recipe has every key, so that what is as usual is taken for not written.
    ///
    /// - Parameter usual: What a stage of this kind, method and length has where its recipe is silent.
    package func idle(beside usual: TrainingRecipe) -> [RecipeConflict] {
        let isLoRA = adapters?.kind != .adaptformer
        let rows: [(isIdle: Bool, key: String, text: String, remedy: String)] = [
            (
                adapters != nil && trains != .adapters, "adapters",
                "stand there, and what trains is \(trains.rawValue): there would be none",
                "Set trains to adapters, or leave adapters out (null)."
            ),
            (
                !isLoRA && adapters?.layers != .attention, "adapters.layers",
                "is LoRA's, and adapters.kind is adaptformer",
                "Leave it out, or set adapters.kind to lora."
            ),
            (
                !isLoRA && adapters?.fold == false, "adapters.fold",
                "is LoRA's, and adapters.kind is adaptformer, which stays in the network",
                "Leave it out, or set adapters.kind to lora."
            ),
            (
                optimizer != .sgd && momentum != usual.momentum, "momentum",
                "is SGD's, and the optimizer is \(optimizer.rawValue)", "Leave it out; AdamW has betas."
            ),
            (
                optimizer != .adamw && betas != usual.betas, "betas",
                "are AdamW's, and the optimizer is \(optimizer.rawValue)", "Set optimizer to adamw, or leave them out."
            ),
            (
                average != .ema && averageDecay != usual.averageDecay, "average-decay",
                "is of average: ema, and average is \(average.rawValue)", "Set average to ema, or leave it out."
            ),
            (
                average != .swa && averageFrom != usual.averageFrom, "average-from",
                "is of average: swa, and average is \(average.rawValue)", "Set average to swa, or leave it out."
            ),
            (
                sampler != .classAware && imagesPerDraw != usual.imagesPerDraw, "images-per-draw",
                "is of sampler: class-aware, and the sampler is \(sampler.rawValue)",
                "Set sampler to class-aware, or leave it out."
            ),
            // Where a stage usually has milestones they may be those of another length.
            (
                rate.schedule != .steps && !rate.milestones.isEmpty && usual.rate.milestones.isEmpty, "rate.milestones",
                "are of schedule: steps, and the schedule is \(rate.schedule.rawValue)",
                "Set rate.schedule to steps, or leave them out."
            ),
            (
                rate.schedule != .steps && rate.factor != usual.rate.factor, "rate.factor",
                "is of schedule: steps, and the schedule is \(rate.schedule.rawValue)",
                "Set rate.schedule to steps, or leave it out."
            ),
            (
                layerDecay < 1 && !trainsBody, "layer-decay",
                "is of layers of the body that train, and what trains is \(trains.rawValue)",
                "Leave it out, or set it to 1."
            ),
            (
                recompute && !trainsBackbone, "recompute",
                "keeps less of blocks that gradients go through, and what trains is \(trains.rawValue)",
                "Leave it out, or set it to false."
            ),
        ]
        return rows.filter(\.isIdle).map { RecipeConflict($0.key, $0.text, remedy: $0.remedy) }
    }
}
