import LongTailTraining
import LongTailVision

extension Recipe {
    /// What methods may have put on the classifiers of its networks: its own methods', on the list or not, and the list's.
    var parts: [any ClassifierPart.Type] {
        Methods.parts(of: Methods.all + stages.map { type(of: $0.method) })
    }
}
