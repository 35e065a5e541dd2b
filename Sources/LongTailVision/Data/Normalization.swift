/// Mean and standard deviation per channel (red, green, blue) of pixels scaled to [0, 1].
///
/// A network's input is (byte / 255 - mean) / std.
public struct Normalization: Sendable, Equatable {
    /// Mean of each channel.
    public let mean: [Float]
    /// Standard deviation of each channel.
    public let std: [Float]

    /// CIFAR-10-LT and CIFAR-100-LT, in all official code (MiSLAS, BTM, PaCo, LDAM).
    public static let cifar = Normalization(mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.2010])
    /// ImageNet-LT and Places-LT.
    public static let imageNet = Normalization(mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])
    /// iNaturalist2018, in MiSLAS, BTM, PaCo and classifier-balancing (BBN uses ImageNet's).
    public static let iNaturalist = Normalization(mean: [0.466, 0.471, 0.380], std: [0.195, 0.194, 0.192])
    /// The procedural data set: its bytes are spread evenly enough for round numbers.
    public static let glyphs = Normalization(mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25])
}
