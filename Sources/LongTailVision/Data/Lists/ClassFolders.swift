/// Names for the classes of a list that has only numbers: the folders that their pictures lie in.
///
/// `train/n01440764/…` names the class `n01440764`, `data_256_standard/a/airfield/…` names it `a/airfield`,
/// `train_val2018/Plantae/7477/…` names it `Plantae/7477`: the folder, less what all of them begin with.
enum ClassFolders {
    /// One name a class; nil when a class's pictures lie in several folders, or two classes share one.
    static func names(of list: ImageList) -> [String]? {
        var first = [Int?](repeating: nil, count: list.classNames.count)
        for position in 0..<list.count {
            let label = list.labels[position]
            guard let earlier = first[label] else {
                first[label] = position
                continue
            }
            let isSame = list.paths.withBytes(of: position) { path in
                list.paths.withBytes(of: earlier) { folder($0).elementsEqual(folder(path)) }
            }
            guard isSame else { return nil }
        }
        let folders = first.map { position in
            position.map { list.paths.withBytes(of: $0) { String(decoding: folder($0), as: UTF8.self) } } ?? ""
        }
        let parts = folders.map { $0.split(separator: "/", omittingEmptySubsequences: false) }
        guard let shortest = parts.map(\.count).min(), let model = parts.first else { return nil }
        var common = 0
        while common < shortest - 1, parts.allSatisfy({ $0[common] == model[common] }) { common += 1 }
        let names = parts.map { $0.dropFirst(common).joined(separator: "/") }
        return names.contains("") || firstRepeated(names) != nil ? nil : names
    }

    /// A path up to its last `/`, without it.
    private static func folder(_ path: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>.SubSequence {
        path[..<(path.lastIndex(of: 0x2F) ?? 0)]
    }
}
