"""Members of a BTM stage an hour: one process with all threads beside as many processes as cores with one thread each.

    python3 Benchmarks/members.py [--turns 3]

Writes docs/results/members.md. The arms run in turns, so that whatever else the machine does meets them alike; each is the least
of its turns, start and report included. Members of one thread a process are compared bit by bit with those of one process.
"""

import argparse
import hashlib
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Benchmarks"))
import kinds  # noqa: E402

RECIPE = """\
data: {{ name: glyphs, classes: 10, images-per-class: 100, test-images-per-class: 2, imbalance: 2 }}
network: {{ name: {network}, classifier: linear }}
precision: float32
stages:
  - btm: {{ members: {members}, images-per-class: 40, epochs: {epochs}, batch-size: {batch} }}
"""


def digest(run):
    content = pathlib.Path(run, "checkpoints", "btm.safetensors").read_bytes()
    return hashlib.sha256(content[8 + struct.unpack("<Q", content[:8])[0]:]).hexdigest()[:16]


# Short steps, where threads wait for each other most, and long ones; epochs for a run of some seconds.
WORK = [("resnet20", 16, 6), ("resnet32", 128, 4)]


def table(network, batch, epochs, turns):
    cores = len(os.sched_getaffinity(0))
    members = 4 * cores
    arms = {
        f"one process, {cores} threads": ["--threads", str(cores)],
        "one process, 1 thread": ["--threads", "1"],
        f"--jobs {cores}, 1 thread each": ["--threads", "1", "--jobs", str(cores)],
    }
    seconds = {name: [] for name in arms}
    digests = {}
    with tempfile.TemporaryDirectory() as folder:
        recipe = pathlib.Path(folder, "recipe.yaml")
        recipe.write_text(RECIPE.format(network=network, members=members, epochs=epochs, batch=batch))
        for turn in range(turns):
            for place, (name, words) in enumerate(arms.items()):
                run = f"{folder}/{place}-{turn}"
                begin = time.monotonic()
                subprocess.run([ROOT / "bin" / "longtail", "train", recipe, "--run", run, "--quiet"] + words, check=True,
                               stdout=subprocess.DEVNULL)
                seconds[name].append(time.monotonic() - begin)
                digests[name] = digest(run)
    whole, single, jobs = arms
    if digests[single] != digests[jobs]:
        sys.exit("the bits of one thread a process differ")
    least = {name: min(values) for name, values in seconds.items()}
    lines = [
        f"## {network}, {batch} images a step", "",
        f"{members} members, {epochs} epochs of 400 images of 32 pixels each; the least of {turns} turns, start and report included.",
        "", "| | seconds | members an hour | beside one process with all threads |", "| --- | ---: | ---: | ---: |",
    ]
    for name, value in least.items():
        lines.append(f"| {name} | {value:.1f} | {3600 * members / value:.0f} | {least[whole] / value:.2f} × |")
    gained = least[single] / least[whole]
    return lines + [
        "", f"{cores} threads are {gained:.2f} × one thread in one process, so that {cores} processes could be at most {cores / gained:.2f} × "
        "as fast: what threads leave idle.", "",
        f"One process and {cores} of one thread each end with the same bits ({digests[jobs]}).", "",
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=3)
    turns = parser.parse_args().turns
    lines = [
        "# Members over processes", "",
        f"Written by `python3 Benchmarks/members.py --turns {turns}` on {time.strftime('%F', time.gmtime())}; {kinds.Processor().kind}, "
        f"{len(os.sched_getaffinity(0))} cores, float32.", "",
    ]
    for network, batch, epochs in WORK:
        lines += table(network, batch, epochs, turns)
    (ROOT / "docs" / "results" / "members.md").write_text("\n".join(lines))
    print("\n".join(lines))


main()
