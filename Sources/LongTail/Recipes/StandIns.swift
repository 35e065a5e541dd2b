// Stand-ins for types of Merging/: delete this file at the merge.

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
