/// A word as a shell takes it: in quotes where it holds more than letters, digits and `_ @ % + = : , . / -`.
package func shellQuoted(_ word: String) -> String {
    let plain = "_@%+=:,./-"
    let isPlain = word.unicodeScalars.allSatisfy {
        ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
            || plain.unicodeScalars.contains($0)
    }
    return isPlain && !word.isEmpty ? word : "'\(word.replacing("'", with: "'\\''"))'"
}
