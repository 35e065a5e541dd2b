"""Training steps of each family of networks beside PyTorch, on the processor.

    scripts/peer && python3 Benchmarks/networks.py [--turns 3] [--compile]

Writes docs/results/networks.md. Both sides take bytes in memory, normalise them, and train with fused SGD, bfloat16 autocast and pixels
last, on all cores; they run in turns, and each figure is the best of its turns. `--compile` asks torch.compile, too (minutes a network).
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Benchmarks"))
import kinds  # noqa: E402

# Name here and there, batch, pixels.
WORK = [("vit_tiny_patch16_224", 16, 224), ("vit_small_patch16_224", 16, 224), ("convnext_atto", 16, 224), ("convnextv2_atto", 16, 224),
        ("tf_efficientnet_lite0", 32, 128), ("efficientnet_b0", 16, 128), ("mobilenetv3_large_100", 32, 128), ("resnet18", 16, 128),
        ("resnet50d", 16, 128), ("seresnet18", 16, 128)]


def ask(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def write(rows, options, cores):
    """The page, after every row: hours are not lost."""
    page = ROOT / "docs/results/networks.md"
    asked = " and compiled" if options.compile else "; it was not asked to compile"
    page.write_text(f"""# Training steps of networks beside PyTorch

Written by `python3 Benchmarks/networks.py --turns {options.turns} --steps {options.steps}{' --compile' if options.compile else ''}`. Machine: {kinds.Processor().kind}, {time.strftime('%F', time.gmtime())}.
Training images a second over {options.steps} steps, {cores} threads, bfloat16 autocast, fused SGD; the best of {options.turns} turns. PyTorch as it comes{asked}.

| network | batch | longtail | PyTorch | compiled | longtail over the best |
| --- | --- | ---: | ---: | ---: | ---: |
""" + "\n".join(rows) + "\n")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--turns", type=int, default=3)
    options.add_argument("--steps", type=int, default=12)
    options.add_argument("--compile", action="store_true")
    options = options.parse_args()
    cores = str(len(os.sched_getaffinity(0)))
    rows = []
    for name, batch, pixels in WORK:
        flags = ["--network", name, "--batch-size", str(batch), "--image-size", str(pixels), "--classes", "100", "--steps",
                 str(options.steps), "--threads", cores]
        peer = [ROOT / ".deps/peer/bin/python", ROOT / "Benchmarks/network_peer.py", "--device", "cpu", *flags]
        found = {"longtail": [], "PyTorch": [], "compiled": []}
        for _ in range(options.turns):
            found["longtail"].append(ask([ROOT / "bin/longtail", "bench", "network", "--device", "cpu", "--json", *flags])
                                     ["train_images_per_second"])
            found["PyTorch"].append(ask(peer)["train_images_per_second"])
            if options.compile:
                found["compiled"].append(ask(peer + ["--compile"]).get("train_images_per_second", 0))
        ours, eager, compiled = (max(found[side], default=0) for side in ("longtail", "PyTorch", "compiled"))
        best = max(eager, compiled)
        rows.append(f"| {name} | {batch} × {pixels} px | {ours:.1f} | {eager:.1f} | {f'{compiled:.1f}' if compiled else '-'} | {ours / best:.2f} |")
        print(rows[-1], flush=True)
        write(rows, options, cores)


main()
