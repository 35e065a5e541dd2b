/// The nearest right word, for "did you mean".
///
/// - Returns: The candidate with the smallest edit distance, if that is at most a third of the longer word
///   (and at least 2 is allowed); ties go to the first.
package func nearest(_ word: String, among candidates: some Sequence<String>) -> String? {
    let best = candidates.map { (editDistance(word, $0), $0) }.min { $0.0 < $1.0 }
    guard let (distance, candidate) = best, distance <= max(2, max(word.count, candidate.count) / 3) else { return nil }
    return candidate
}

/// Words in a sentence; of many the nearest to one that somebody wrote.
package func listed(_ words: [String], near word: String) -> String {
    guard words.count > 40 else { return words.joined(separator: ", ") }
    let most = 12
    let near = words.enumerated().map { (editDistance(word, $0.element), $0.offset) }.sorted { $0 < $1 }.prefix(most)
    return near.map { words[$0.1] }.joined(separator: ", ") + " and \(words.count - most) more"
}

/// Levenshtein's distance in characters.
func editDistance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a), Array(b))
    var row = Array(0...b.count)
    for i in a.indices {
        var diagonal = row[0]
        row[0] = i + 1
        for j in b.indices {
            let next = min(row[j] + 1, row[j + 1] + 1, diagonal + (a[i] == b[j] ? 0 : 1))
            (diagonal, row[j + 1]) = (row[j + 1], next)
        }
    }
    return row[b.count]
}
