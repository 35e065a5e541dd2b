import LongTailBasics
import LongTailTorch

extension Network {
    /// The networks there are; raw values are their names in recipes.
    public enum Name: String, Sendable, Codable, CaseIterable {
        /// For 32×32 images, depth 20 (He et al. 2015, section 4.2).
        case resnet20
        /// For 32×32 images, depth 32.
        case resnet32
        /// For 32×32 images, depth 44.
        case resnet44
        /// For 32×32 images, depth 56.
        case resnet56
        /// For 32×32 images, depth 110.
        case resnet110
        /// torchvision's, of basic blocks.
        case resnet18
        /// torchvision's, of basic blocks.
        case resnet34
        /// torchvision's, of bottlenecks.
        case resnet50
        /// torchvision's, of bottlenecks.
        case resnet101
        /// torchvision's, of bottlenecks.
        case resnet152
        /// ResNet-50 with the 3×3 convolutions in 32 groups (Xie et al. 2017); torchvision's.
        case resnext50 = "resnext50-32x4d"
        /// ResNet-101 with the 3×3 convolutions in 32 groups; as in the long-tailed field, torchvision has 32x8d.
        case resnext101 = "resnext101-32x4d"
        /// ResNet-152 for Places-LT: a frozen body and one bottleneck that trains (`ResNetPlaces`).
        case resnet152Places = "resnet152-places"

        /// Whether it is one of the CIFAR networks, without a stem that shrinks the image.
        public var isForSmallImages: Bool {
            [.resnet20, .resnet32, .resnet44, .resnet56, .resnet110].contains(self)
        }

        /// Whether it can have branches.
        public var canBranch: Bool { branchingPlan != nil }

        /// The backbone, drawn.
        func makeBackbone(_ draw: inout WeightDraw) throws(Failure) -> any Backbone {
            switch plan {
            case .small(let blocks): try ResNetCIFAR(blocks: blocks, &draw)
            case .large(let plan): try ResNet(plan, &draw)
            case .places(let plan): try ResNetPlaces(plan, &draw)
            }
        }

        /// Its stages one by one; nil where they cannot be divided into branches.
        var branchingPlan: (any BranchingPlan)? {
            switch plan {
            case .small(let blocks): CIFARPlan(blocks: blocks)
            case .large(let plan): plan
            case .places: nil
            }
        }

        private enum Plan {
            case small(blocks: Int)
            case large(ResNet.Plan)
            case places(ResNet.Plan)
        }

        private var plan: Plan {
            switch self {
            case .resnet20: .small(blocks: 3)
            case .resnet32: .small(blocks: 5)
            case .resnet44: .small(blocks: 7)
            case .resnet56: .small(blocks: 9)
            case .resnet110: .small(blocks: 18)
            case .resnet18: .large(.init(.basic, [2, 2, 2, 2]))
            case .resnet34: .large(.init(.basic, [3, 4, 6, 3]))
            case .resnet50: .large(.init(.bottleneck, [3, 4, 6, 3]))
            case .resnet101: .large(.init(.bottleneck, [3, 4, 23, 3]))
            case .resnet152: .large(.init(.bottleneck, [3, 8, 36, 3]))
            case .resnext50: .large(.init(.bottleneck, [3, 4, 6, 3], groups: 32, groupWidth: 4))
            case .resnext101: .large(.init(.bottleneck, [3, 4, 23, 3], groups: 32, groupWidth: 4))
            case .resnet152Places: .places(.init(.bottleneck, [3, 8, 36, 2]))
            }
        }

        /// Tensors of a torchvision file that this network leaves out, by the beginnings of their names.
        ///
        /// For Places-LT the last bottleneck and the classifier (MiSLAS and BTM, which draw theirs anew).
        public var leftOutOfPretrained: [String] { self == .resnet152Places ? ["layer4.2.", "fc."] : [] }

        /// Tensors of this network that no torchvision file gives, by the beginnings of their names.
        public var drawnBesidePretrained: [String] { self == .resnet152Places ? ["block.", "fc."] : [] }
    }
}
