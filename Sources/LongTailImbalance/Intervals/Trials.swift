/// How often something happened, of how many times it could.
struct Trials: Hashable {
    var hits: Int
    var total: Int
    var misses: Int { total - hits }
}
