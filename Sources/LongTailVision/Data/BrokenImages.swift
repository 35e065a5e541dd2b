/// What becomes of a training image that cannot be decoded.
public enum BrokenImages: String, Sendable, Codable, CaseIterable {
    /// The run stops and names the file.
    case stop
    /// The next image of the class takes its place, and the run says so.
    case skip
}
