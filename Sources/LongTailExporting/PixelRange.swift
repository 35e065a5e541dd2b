/// What the numbers of an exported model's input are.
public enum PixelRange: Sendable, Equatable {
    /// Already normalised: (pixel − mean) / std, pixels from 0 to 1.
    case normalized
    /// Pixels from 0 to this number; the model normalises them.
    case pixels(upTo: Double)

    /// As metadata say it.
    var description: String {
        switch self {
        case .normalized: "normalized"
        case .pixels(let top): "0..\(top == top.rounded() ? String(Int(top)) : String(top))"
        }
    }
}
