/// A word as a shell takes it: in quotes where it holds more than letters, digits and `_ @ % + = : , . / -`, and with
/// what a terminal would obey written out in the `$'…'` of bash and zsh.
package func shellQuoted(_ word: String) -> String {
    let plain = "_@%+=:,./-"
    let isPlain = word.unicodeScalars.allSatisfy {
        ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
            || plain.unicodeScalars.contains($0)
    }
    if isPlain, !word.isEmpty { return word }
    guard printable(word) != word else { return "'\(word.replacing("'", with: "'\\''"))'" }
    let escaped = word.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
    return "$'\(escaped.unicodeScalars.map(dollarQuoted).joined())'"
}

private func dollarQuoted(_ scalar: Unicode.Scalar) -> String {
    guard printable(String(scalar)) != String(scalar) else { return String(scalar) }
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return "\\U" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
}
