/// What becomes of a photograph that is no square in the standard preparation; timm's `crop_mode`.
public enum CropMode: String, Sendable, Codable, CaseIterable {
    /// The shorter side is resized, and the middle cut out.
    case center
    /// Both sides are resized to the same length, then the middle is cut out.
    case squash
}
