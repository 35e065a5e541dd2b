/// Mean and standard deviation per channel (red, green, blue) of pixels scaled to [0, 1].
///
/// A network's input is (byte / 255 - mean) / std.
public struct Normalization: Sendable, Equatable {
    /// Mean of each channel.
    public let mean: [Float]
    /// Standard deviation of each channel.
    public let std: [Float]

    /// Figures of three channels.
    public init(mean: [Float], std: [Float]) { (self.mean, self.std) = (mean, std) }

    /// CIFAR-10-LT and CIFAR-100-LT, in all official code (MiSLAS, BTM, PaCo, LDAM).
    public static let cifar = Normalization(mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.2010])
    /// ImageNet-LT and Places-LT.
    public static let imageNet = Normalization(mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])
    /// iNaturalist2018, in MiSLAS, BTM, PaCo and classifier-balancing (BBN uses ImageNet's).
    public static let iNaturalist = Normalization(mean: [0.466, 0.471, 0.380], std: [0.195, 0.194, 0.192])
    /// Bytes from -1 to 1: timm's models of Google's.
    public static let half = Normalization(mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5])
    /// Bytes from 0 to 1: torchvision's `ToTensor` alone.
    public static let none = Normalization(mean: [0, 0, 0], std: [1, 1, 1])
    /// CLIP's, and what is trained from it.
    public static let clip = Normalization(
        mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711])
    /// The procedural data set: its bytes are spread evenly enough for round numbers.
    public static let glyphs = Normalization(mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25])
}
