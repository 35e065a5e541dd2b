"""What the subject `wheel` works on: wheel.py pictures FOLDER, or wheel.py checkpoint FILE.safetensors FILE.pth."""

import json
import pathlib
import random
import struct
import sys
import zlib


def png(pixels, side):
    """A PNG file of RGB rows."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\0" + pixels[3 * side * row : 3 * side * (row + 1)] for row in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def pictures(folder, side=40):
    """Four classes that are shades from red to yellow under noise; the rarest lies between the two most frequent."""
    draw = random.Random(0)
    shades = {"red": (40, 80), "orange": (140, 40), "yellow": (190, 16), "vermilion": (90, 6)}
    for name, (green, count) in shades.items():
        for split, number in (("train", count), ("test", 20)):
            place = pathlib.Path(folder, split, name)
            place.mkdir(parents=True)
            for index in range(number):
                colour = [draw.gauss(mean, 14) for mean in (200, green, 40)]
                values = (int(level + draw.randrange(-60, 60)) for _ in range(side * side) for level in colour)
                (place / f"{index}.png").write_bytes(png(bytes(max(0, min(255, value)) for value in values), side))


def checkpoint(source, target):
    """Saves the tensors of a safetensors file as PyTorch does."""
    import torch

    data = pathlib.Path(source).read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    types = {"F32": torch.float32, "I64": torch.int64}
    state = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            values = torch.frombuffer(bytearray(data[8 + length + begin : 8 + length + end]), dtype=types[entry["dtype"]])
            state[name] = values.reshape(entry["shape"])
    torch.save(state, target)


if __name__ == "__main__":
    {"pictures": pictures, "checkpoint": checkpoint}[sys.argv[1]](*sys.argv[2:])
