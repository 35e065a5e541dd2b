"""Philox 4x32 with ten rounds, written from the paper; prints the numbers of CounterRandomTests.swift.

The first line is the known answer of the authors' Random123 for counter and key 0 and for all bits set.
"""


def philox(counter, key):
    c, k, mask = list(counter), list(key), 0xFFFFFFFF
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & mask, (p0 >> 32) ^ c[3] ^ k[1], p0 & mask]
        k = [(k[0] + 0x9E3779B9) & mask, (k[1] + 0xBB67AE85) & mask]
    return c


assert philox([0] * 4, [0] * 2) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
assert philox([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2) == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]
seed, index, epoch, purpose = 0x0123456789ABCDEF, 7, 5, 11
for block in (0, 1):
    r = philox([block, index, epoch, purpose], [seed & 0xFFFFFFFF, seed >> 32])
    print(hex(r[0] | r[1] << 32), hex(r[2] | r[3] << 32))
