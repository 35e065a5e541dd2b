import LongTailBasics
import LongTailSerialization
import OrderedCollections

/// A trained tensor of a module.
public final class Parameter {
    /// The leaf that autograd fills the gradient of; `Module.convert` puts another in its place.
    public fileprivate(set) var tensor: Tensor

    /// Makes a parameter that is trained.
    public init(_ tensor: Tensor) throws(LongTailError) {
        self.tensor = tensor
        try tensor.setRequiresGrad(true)
    }
}

/// A tensor of a module that is saved but not trained, such as running statistics.
public final class Buffer {
    /// The tensor; changed in place, but `Module.convert` puts another in its place.
    public fileprivate(set) var tensor: Tensor

    /// Makes a buffer.
    public init(_ tensor: Tensor) { self.tensor = tensor }
}

/// What a module is made of.
public enum ModuleChild {
    /// A trained tensor.
    case parameter(Parameter)
    /// A tensor that is saved only.
    case buffer(Buffer)
    /// A part; under an empty name its children stand among those of its holder.
    case module(any Module)
    /// A list of parts; their names are their positions.
    case modules([any Module])
}

/// A part of a network: reference type, with the children that its state dict lists under PyTorch's names.
public protocol Module: AnyObject {
    /// Names and children in the order in which PyTorch's state dict lists them.
    var children: [(name: String, child: ModuleChild)] { get }
    /// Whether this module, with all below it, stays as it is whatever is trained: its parameters are never trained,
    /// and its batch normalisations keep to their running statistics.
    var isFrozen: Bool { get }
}

extension Module {
    /// False: a part is trained where the training says so.
    public var isFrozen: Bool { false }
}

/// A dotted path; an empty part adds nothing.
private func joined(_ path: String, _ name: String) -> String {
    path.isEmpty ? name : name.isEmpty ? path : "\(path).\(name)"
}

extension Module {
    /// Every module of the tree with its dotted path, this one first under the empty path.
    public func walk(_ path: String = "", _ visit: (_ path: String, _ module: any Module) throws(LongTailError) -> Void)
        throws(LongTailError)
    {
        try walk(path, frozen: false) { (path, module, _) throws(LongTailError) in try visit(path, module) }
    }

    /// The same, telling of each module whether it or one that holds it is frozen.
    private func walk(
        _ path: String, frozen: Bool,
        _ visit: (_ path: String, _ module: any Module, _ frozen: Bool) throws(LongTailError) -> Void
    ) throws(LongTailError) {
        let frozen = frozen || isFrozen
        try visit(path, self, frozen)
        for (name, child) in children {
            let inner = joined(path, name)
            switch child {
            case .module(let module): try module.walk(inner, frozen: frozen, visit)
            case .modules(let modules):
                for (index, module) in modules.enumerated() {
                    try module.walk(joined(inner, "\(index)"), frozen: frozen, visit)
                }
            case .parameter, .buffer: break
            }
        }
    }

    /// Trained tensors by their dotted names, in order.
    public func parameters() throws(LongTailError) -> [(name: String, parameter: Parameter)] {
        var found: [(name: String, parameter: Parameter)] = []
        try walk { (path, module) throws(LongTailError) in
            for case (let name, .parameter(let parameter)) in module.children {
                found.append((joined(path, name), parameter))
            }
        }
        return found
    }

    /// All saved tensors by their dotted names, in order.
    public func namedTensors() throws(LongTailError) -> [(name: String, tensor: Tensor)] {
        var found: [(name: String, tensor: Tensor)] = []
        try walk { (path, module) throws(LongTailError) in
            for (name, child) in module.children {
                let full = joined(path, name)
                switch child {
                case .parameter(let parameter): found.append((full, parameter.tensor))
                case .buffer(let buffer): found.append((full, buffer.tensor))
                case .module, .modules: break
                }
            }
        }
        return found
    }

    /// A copy of all saved tensors in host memory, under PyTorch's names.
    public func stateDict() throws(LongTailError) -> StateDict {
        var state = StateDict()
        for (name, tensor) in try namedTensors() {
            let host = try tensor.host()
            guard state.updateValue(host, forKey: name) == nil else {
                throw LongTailError(.engine, "two tensors of the network are called \(name)")
            }
        }
        return state
    }

    /// Overwrites every saved tensor; names, shapes and element types must be exactly the network's.
    public func load(_ state: StateDict) throws(LongTailError) {
        let own = try namedTensors()
        let names = Set(own.map(\.name))
        let missing = names.subtracting(state.keys).sorted()
        let surplus = state.keys.filter { !names.contains($0) }
        let reshaped = own.compactMap { name, tensor -> String? in
            guard let host = state[name], host.shape != tensor.shape || host.dtype != tensor.dtype else { return nil }
            return
                "\(name): \(tensor.shape) \(tensor.dtype?.rawValue ?? "other"), file \(host.shape) \(host.dtype.rawValue)"
        }
        guard missing.isEmpty, surplus.isEmpty, reshaped.isEmpty else {
            throw LongTailError(
                .checkpoint, "the weights do not fit the network",
                remedy: [("missing", missing), ("surplus", Array(surplus)), ("other shape or type", reshaped)]
                    .filter { !$0.1.isEmpty }
                    .map {
                        "\($0.0) (\($0.1.count)): \($0.1.prefix(4).joined(separator: ", "))\($0.1.count > 4 ? " …" : "")"
                    }
                    .joined(separator: "\n"))
        }
        try withoutGradients { () throws(LongTailError) in
            for (name, tensor) in own {
                if let host = state[name] { try tensor.copy_(Tensor(host)) }
            }
        }
    }

    /// Sets training or evaluation mode of every batch normalisation in the tree; frozen ones stay in evaluation mode.
    public func setTraining(_ training: Bool) throws(LongTailError) {
        try walk("", frozen: false) { (_, module, frozen) throws(LongTailError) in
            (module as? BatchNorm2d)?.training = training && !frozen
        }
    }

    /// Sets which parameters are trained; those of frozen modules never are.
    public func setTrained(_ trained: (_ name: String) -> Bool) throws(LongTailError) {
        try walk("", frozen: false) { (path, module, frozen) throws(LongTailError) in
            for case (let name, .parameter(let parameter)) in module.children {
                try parameter.tensor.setRequiresGrad(!frozen && trained(joined(path, name)))
            }
        }
    }

    /// Puts every floating-point tensor into another element type, as torch.nn.Module.to does; integers stay.
    ///
    /// Parameters become new leaves without gradients, trained or frozen as before: make optimisers afterwards.
    public func convert(to dtype: DType) throws(LongTailError) {
        try walk { (_, module) throws(LongTailError) in
            for (_, child) in module.children {
                switch child {
                case .parameter(let parameter):
                    let isTrained = parameter.tensor.requiresGrad
                    parameter.tensor = try parameter.tensor.detach().to(dtype)
                    try parameter.tensor.setRequiresGrad(isTrained)
                case .buffer(let buffer) where buffer.tensor.dtype?.isFloatingPoint ?? false:
                    buffer.tensor = try buffer.tensor.to(dtype)
                case .buffer, .module, .modules: break
                }
            }
        }
    }
}
