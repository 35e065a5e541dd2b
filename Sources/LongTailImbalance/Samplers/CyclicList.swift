import LongTailBasics

/// A list that is walked round and round and shuffled at the start of each round; not empty.
struct CyclicList {
    private var items: [Int]
    private var position: Int

    init(_ items: [Int]) {
        self.items = items
        position = items.count
    }

    mutating func next(_ random: inout CounterRandom) -> Int {
        if position == items.count {
            random.shuffle(&items)
            position = 0
        }
        position += 1
        return items[position - 1]
    }
}
