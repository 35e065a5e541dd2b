import LongTailTraining

extension Recipe {
    /// The same experiment with a compressed schedule: every pre-training stage is `epochs` long, and what falls at an
    /// epoch of it (warm-up, milestones, deferred weights) falls at the same share of its length.
    ///
    /// A quick look at many methods side by side; its figures are not those of the full length. Stages that are not
    /// longer, and those of other kinds, stay.
    ///
    /// - Parameter epochs: At least 1.
    public func shortened(to epochs: Int) -> Recipe {
        var recipe = self
        for index in stages.indices where stages[index].kind == .preTrain && stages[index].training.epochs > epochs {
            recipe.stages[index] = stages[index].shortened(to: max(1, epochs))
        }
        return recipe
    }
}

extension StageRecipe {
    fileprivate func shortened(to epochs: Int) -> StageRecipe {
        var stage = self
        let factor = Double(epochs) / Double(training.epochs)
        stage.training.epochs = epochs
        stage.training.rate = training.rate.scaled(from: training.epochs, to: epochs)
        // One that begins at a share of its own is still a warm-up with one epoch.
        if training.rate.warmup > 0 { stage.training.rate.warmup = min(max(1, stage.training.rate.warmup), epochs - 1) }
        stage.method = method.withEpochs(scaledBy: factor)
        return stage
    }
}
