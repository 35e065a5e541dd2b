"""The files of a run: read, compared with those of another run but for times, and judged whole or half."""

import json
import os
import re
import struct

# What no two runs have in common, by the end of the file's name.
TIMES = {
    "run.json": rb'"(started|training-seconds)" : [^,\n]+', "report.md": rb"\| started \| [^|]+\|",
    "report.html": rb"<dt>started</dt><dd>[^<]+</dd>", "metrics.jsonl": rb'"(images-per-second|waiting-share)":[^,}]+',
}
GROWING = ("log.txt", "metrics.jsonl")


def is_part(name):
    return os.path.basename(name).startswith(".") and name.endswith(".part")


def read(folder):
    """Every file of a run by its path in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def plain(name, data):
    """A file without what is a time or a duration."""
    pattern = TIMES.get(os.path.basename(name))
    return re.sub(pattern, b"", data) if pattern else data


def differences(files, unbroken):
    """Names of what is not as in the unbroken run."""
    names = {name for name in files.keys() | unbroken.keys() if name != "log.txt" and not is_part(name)}
    return sorted(name for name in names if name not in files or name not in unbroken
                  or plain(name, files[name]) != plain(name, unbroken[name]))


def header(data):
    """The metadata of a safetensors file, which must be whole."""
    size, = struct.unpack("<Q", data[:8])
    entries = json.loads(data[8:8 + size])
    metadata = entries.pop("__metadata__", {})
    if 8 + size + max((entry["data_offsets"][1] for entry in entries.values()), default=0) != len(data):
        raise ValueError("is cut")
    return metadata


def is_half(name, data, unbroken):
    """Whether what stands under a final name is not a whole file; what no resumption changes must have its final bytes."""
    try:
        if name.endswith(".safetensors"):
            header(data)
        elif name.endswith(".json"):
            json.loads(data)
        elif name == "metrics.jsonl":
            [json.loads(line) for line in data.split(b"\n")[:-1]]
    except (ValueError, KeyError, struct.error):
        return True
    changing = name in GROWING or name in ("run.json", "checkpoints/resume.safetensors") or is_part(name)
    return not changing and name in unbroken and plain(name, data) != plain(name, unbroken[name])
