// The passes of dispatch.h over rows of any number of channels, on all threads.
//
// A pass takes sixteen channels at a time. Where C is no multiple of that, several rows are taken as one row of a period
// of P = lcm(C, 16) channels; what is left over at the end, fewer rows than a period holds, is done in a period of its own.
#pragma once
#include "dispatch.h"
#include "parallel.h"

#include <c10/util/BFloat16.h>

#include <numeric>
#include <vector>

namespace longtail {

inline float widened(float value) { return value; }
inline float widened(uint16_t bits) { return float(c10::BFloat16(bits, c10::BFloat16::from_bits())); }
inline void narrow(float value, float &to) { to = value; }
inline void narrow(float value, uint16_t &to) { to = c10::BFloat16(value).x; }

struct Shape {
    int64_t rows, channels;       // as the tensor has them
    int64_t together, period;     // rows of a period, and their channels
    int64_t whole;                // periods

    Shape(int64_t rows, int64_t channels)
        : rows(rows), channels(channels), together(lanes / std::gcd(channels, lanes)), period(channels * together),
          whole(rows / together) {}

    // Rows of a period whose partial sums stay in float32: enough for a thread, and for every thread some where channels
    // are many and pictures small.
    int64_t block() const { return std::clamp<int64_t>(65536 / period, 32, 256); }
    int64_t left() const { return rows - whole * together; }
    int64_t numbers_before_left() const { return whole * period; }

    // Numbers of a channel, repeated over a period; `lists` such lists lie one after the other.
    std::vector<float> repeated(const float *numbers, int64_t lists = 1) const {
        std::vector<float> result;
        result.reserve(size_t(lists * period));
        for (int64_t list = 0; list < lists; list++) {
            for (int64_t i = 0; i < period; i++) result.push_back(numbers[list * channels + i % channels]);
        }
        return result;
    }
};

// The rows that are left over at the end of `from` as a whole period: a row of `filling`, or zeros, stands where there are
// no more.
template <typename T> std::vector<T> last_period(const Shape &shape, const T *from, const T *filling = nullptr) {
    std::vector<T> result(size_t(shape.period), T(0));
    const int64_t count = shape.left() * shape.channels;
    std::copy_n(from + shape.numbers_before_left(), count, result.begin());
    for (int64_t i = count; filling && i < shape.period; i++) result[size_t(i)] = filling[i % shape.channels];
    return result;
}

// The other way: the rows that are left over, from a period of their own.
template <typename T> void keep_last(const Shape &shape, const std::vector<T> &period, T *to) {
    std::copy_n(period.begin(), shape.left() * shape.channels, to + shape.numbers_before_left());
}

// Calls body(first number, periods) on every thread's share of the whole periods.
template <typename Body> void over_periods(const Shape &shape, const Body &body) {
    const int64_t worth_a_thread = std::max<int64_t>(1, 32768 / shape.period);
    in_parallel(shape.whole, worth_a_thread, [&](int64_t from, int64_t to) { body(from * shape.period, to - from); });
}

// Adds lists of 2P sums over periods to 2C sums over channels.
inline void gather(const Shape &shape, const double *partial, double *sums) {
    for (int64_t list = 0; list < 2; list++) {
        for (int64_t i = 0; i < shape.period; i++) {
            sums[list * shape.channels + i % shape.channels] += partial[list * shape.period + i];
        }
    }
}

// Two sums a channel over all rows. `add` adds those of some periods to 2P numbers, `add_last` those of the rows that are
// left over. Partial sums are added in order, whatever the threads.
template <typename Add, typename AddLast>
std::vector<double> summed(const Shape &shape, const Add &add, const AddLast &add_last) {
    const int64_t block = shape.block(), blocks = (shape.whole + block - 1) / block, width = 2 * shape.period;
    const int64_t pieces = std::clamp<int64_t>(blocks, 1, 64), piece = (blocks + pieces - 1) / pieces;
    std::vector<double> partial(size_t(pieces * width), 0.0);
    in_parallel(pieces, 1, [&](int64_t from, int64_t to) {
        for (int64_t p = from; p < to; p++) {
            for (int64_t b = p * piece; b < std::min(blocks, (p + 1) * piece); b++) {
                add(b * block * shape.period, std::min(block, shape.whole - b * block), partial.data() + p * width);
            }
        }
    });
    if (shape.left() > 0) add_last(partial.data());
    std::vector<double> sums(size_t(2 * shape.channels), 0.0);
    for (int64_t p = 0; p < pieces; p++) gather(shape, partial.data() + p * width, sums.data());
    return sums;
}

}  // namespace longtail
