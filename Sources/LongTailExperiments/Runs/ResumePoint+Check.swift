import LongTailBasics
import LongTailTraining

extension ResumePoint {
    /// Refuses a point that a recipe of these stages does not have; the one after the last stage is the end of a run.
    func check(_ stages: [StageRecipe], _ path: String) throws(LongTailError) {
        if position.stage == stages.count { return }
        guard position.stage < stages.count, case let stage = stages[position.stage],
            position.member <= stage.btm?.members ?? 0, position.epoch <= stage.training.epochs
        else {
            throw LongTailError(
                .checkpoint,
                "\(path): stands at stage \(position.stage), member \(position.member), epoch \(position.epoch), "
                    + "which the recipe does not have",
                remedy: "Put the run's recipe back as it was, or start a new run.")
        }
    }
}
