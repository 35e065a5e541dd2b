/// What is done to training images between file and network.
public struct ImageTreatment: Sendable {
    /// What each goes through.
    public var transform: Transform
    /// What becomes of one that cannot be decoded.
    public var broken: BrokenImages
    /// Bytes of decoded photographs that are kept from epoch to epoch.
    public var cacheBytes: Int

    /// A treatment; without further words broken images stop the run and nothing is kept.
    public init(transform: Transform, broken: BrokenImages = .stop, cacheBytes: Int = 0) {
        (self.transform, self.broken, self.cacheBytes) = (transform, broken, cacheBytes)
    }
}
