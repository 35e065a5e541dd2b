import Foundation
import LongTailBasics
import LongTailSerialization

/// The recipes that come with the program, found by name wherever it runs: `cifar100-lt/ce`.
package struct RecipeLibrary: Sendable, Equatable {
    /// Their folder; nil when there is none.
    package let folder: String?
    /// Their names, sorted: the paths in the folder, without ".yaml".
    package let names: [String]

    /// Those of the running program; none when it stands alone.
    package static let current = RecipeLibrary(
        executable: Path(Bundle.main.executablePath ?? "").real)

    /// Those of a folder.
    package init(folder: String?) {
        self.folder = folder
        let files = folder.flatMap { FileManager.default.enumerator(atPath: $0) }?.compactMap { $0 as? String } ?? []
        names = files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    }

    /// Those of a program at its true path: in Python's package, where `make install` put them, or in a clone.
    init(executable: String) {
        let above = executable.split(separator: "/").dropLast()
        func up(_ steps: Int) -> String { above.dropLast(steps).map { "/" + $0 }.joined() }
        let manager = FileManager.default
        let places = ["\(up(1))/recipes", "\(up(2))/share/longtail/recipes"]
        let clone = manager.fileExists(atPath: "\(up(3))/Package.swift") ? ["\(up(3))/Recipes"] : []
        self.init(folder: (places + clone).first { Path($0).isFolder })
    }

    /// The file that a name stands for, with or without ".yaml"; the name of a folder with one recipe stands for that.
    package func file(_ name: String) -> String? {
        guard let folder else { return nil }
        let name = Self.plain(name)
        let inside = members(of: name)
        guard let found = names.contains(name) ? name : inside.count == 1 ? inside[0] : nil else { return nil }
        return "\(folder)/\(found).yaml"
    }

    /// The first line of a recipe, which says what it is.
    package func heading(of name: String) -> String {
        guard let file = file(name), let data = FileBytes.contents(of: file) else { return "" }
        return String(String(decoding: data, as: UTF8.self).prefix { $0 != "\n" }.drop { "# ".contains($0) })
    }

    /// The recipes in a folder of the library.
    func members(of name: String) -> [String] { names.filter { $0.hasPrefix("\(name)/") } }

    /// The names that somebody may have meant, nearest first, three at the most.
    func suggestions(for word: String) -> [String] {
        let word = Self.plain(word)
        var found = names.filter { word.hasSuffix("/\($0)") || $0.hasSuffix("/\(word)") }
        let folders = Set(names.compactMap { $0.split(separator: "/").first }.map(String.init)).filter {
            file($0) != nil
        }
        var left = (names + folders.sorted()).filter { !found.contains($0) }
        while found.count < 3, let next = nearest(word, among: left) {
            found.append(next)
            left.removeAll { $0 == next }
        }
        return Array(found.prefix(3))
    }

    private static func plain(_ name: String) -> String { name.hasSuffix(".yaml") ? String(name.dropLast(5)) : name }
}
