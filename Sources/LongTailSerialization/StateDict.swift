// Exported, so that whoever handles a StateDict sees its members and only this target depends on the package.
@_exported import OrderedCollections

/// Names to tensors, in order, as PyTorch's `state_dict()` gives them: a value without any module behind it.
public typealias StateDict = OrderedDictionary<String, HostTensor>
