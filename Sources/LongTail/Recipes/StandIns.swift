// Stand-ins for types of Classes/ and Merging/: delete this file at the merge.
// The lines "extension X: RecipeChoice {}" are all that those types need to stand in a recipe.

/// Stand-in.
public enum LongTailProfile: String, Sendable, CaseIterable { case exponential, step, pareto }
/// Stand-in.
public enum Selection: String, Sendable, CaseIterable {
    case first, seeded
    case numpy0 = "numpy-0"
}
/// Stand-in.
public enum ShortClassPolicy: String, Sendable, CaseIterable { case keep, `repeat` }
/// Stand-in.
public enum MergeStrategy: String, Sendable, CaseIterable {
    case average
    case adaptiveH = "adaptive-h"
    case adaptiveG = "adaptive-g"
    case soupH = "soup-h"
    case soupG = "soup-g"
}
/// Stand-in.
public enum BufferPolicy: String, Sendable, CaseIterable { case average, first }
