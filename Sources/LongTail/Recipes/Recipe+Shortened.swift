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
        func scaled(_ epoch: Int) -> Int { Int((Double(epoch) * factor).rounded()) }
        stage.training.epochs = epochs
        let warmup = training.rate.warmup
        // A warm-up does not vanish, as long as there is an epoch beside it.
        stage.training.rate.warmup = warmup == 0 ? 0 : min(max(1, scaled(warmup)), epochs - 1)
        var milestones: [Int] = []
        for milestone in training.rate.milestones.map(scaled) {
            let next = max(milestone, (milestones.last ?? 0) + 1)
            if next < epochs || training.rate.schedule != .steps || milestones.isEmpty { milestones.append(next) }
        }
        stage.training.rate.milestones = milestones
        stage.method = method.scaled(by: factor)
        return stage
    }
}
