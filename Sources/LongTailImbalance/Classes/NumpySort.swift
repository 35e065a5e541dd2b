/// `numpy.argsort` of numpy before version 2 (its default sort, without vector instructions): which of equal keys stands
/// first depends on the algorithm, and published classifiers depend on that.
///
/// Quicksort by the median of three with straight insertion below 16 keys and heap sort beyond a depth of
/// 2·⌊log₂ n⌋ (Musser 1997).
enum NumpySort {
    /// The positions of the keys in ascending order.
    static func positions(_ keys: [Int]) -> [Int] {
        var order = Array(keys.indices)
        guard keys.count > 1 else { return order }
        let depth = 2 * (Int.bitWidth - 1 - keys.count.leadingZeroBitCount)
        var parts = [(low: 0, high: keys.count - 1, depth: depth)]
        while var part = parts.popLast() {
            if part.depth < 0 {
                heapSort(&order, part.low, part.high, keys)
                continue
            }
            while part.high - part.low > 15 {
                let middle = split(&order, part.low, part.high, keys)
                part.depth -= 1
                // The larger side waits.
                if middle - part.low < part.high - middle {
                    parts.append((middle + 1, part.high, part.depth))
                    part.high = middle - 1
                } else {
                    parts.append((part.low, middle - 1, part.depth))
                    part.low = middle + 1
                }
            }
            insertionSort(&order, part.low, part.high, keys)
        }
        return order
    }

    /// Moves smaller keys to the left of the median of three, larger ones to its right; gives its place.
    private static func split(_ order: inout [Int], _ low: Int, _ high: Int, _ keys: [Int]) -> Int {
        let middle = low + (high - low) / 2
        for (a, b) in [(low, middle), (middle, high), (low, middle)] where keys[order[b]] < keys[order[a]] {
            order.swapAt(a, b)
        }
        let pivot = keys[order[middle]]
        var (i, j) = (low, high - 1)
        order.swapAt(middle, j)
        while true {
            repeat { i += 1 } while keys[order[i]] < pivot
            repeat { j -= 1 } while pivot < keys[order[j]]
            if i >= j { break }
            order.swapAt(i, j)
        }
        order.swapAt(i, high - 1)
        return i
    }

    private static func insertionSort(_ order: inout [Int], _ low: Int, _ high: Int, _ keys: [Int]) {
        guard low < high else { return }
        for place in low + 1...high {
            let position = order[place]
            var hole = place
            while hole > low, keys[position] < keys[order[hole - 1]] {
                order[hole] = order[hole - 1]
                hole -= 1
            }
            order[hole] = position
        }
    }

    private static func heapSort(_ order: inout [Int], _ low: Int, _ high: Int, _ keys: [Int]) {
        var count = high - low + 1
        guard count > 1 else { return }
        /// Lets a position sink from place `start` (counted from 1) to where it belongs among the first `count`.
        func sink(_ position: Int, from start: Int) {
            var (hole, child) = (start, 2 * start)
            while child <= count {
                if child < count, keys[order[low + child - 1]] < keys[order[low + child]] { child += 1 }
                guard keys[position] < keys[order[low + child - 1]] else { break }
                order[low + hole - 1] = order[low + child - 1]
                (hole, child) = (child, 2 * child)
            }
            order[low + hole - 1] = position
        }
        for start in stride(from: count / 2, to: 0, by: -1) { sink(order[low + start - 1], from: start) }
        while count > 1 {
            let last = order[low + count - 1]
            order[low + count - 1] = order[low]
            count -= 1
            sink(last, from: 1)
        }
    }
}
