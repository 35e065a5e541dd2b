/// Where half a pixel goes when the middle is cut out of a picture.
public enum CropRounding: String, Sendable, Codable, CaseIterable {
    /// To the even side: torchvision, timm and OpenCLIP.
    case even
    /// Up and to the left: transformers.
    case down

    /// Pixels before the cut, of so many that are over in all.
    func offset(_ surplus: Int) -> Int {
        Int((Double(surplus) / 2).rounded(self == .even ? .toNearestOrEven : .towardZero))
    }
}
