"""Training steps of each family of networks beside PyTorch, on the processor.

    scripts/peer && python3 Benchmarks/networks.py [--rounds 9] [--compile] [--cpu avx2] [--only NAME ...]

Writes docs/results/networks.md, a section for each kind of processor; a run replaces its own. Both sides take bytes in memory,
normalise them, and train with fused SGD and pixels last, in bfloat16 autocast where the processor has it, on all cores. All programs are there at once and take turns of a few steps, so that a machine whose speed wanders is as fast for
each: the ratios of one round are of the same minute, and their median counts. `--compile` asks torch.compile, too (minutes a network).
"""

import argparse
import os
import pathlib
import statistics
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


INTRODUCTION = """# Training steps of networks beside PyTorch

Training images a second. Both sides take bytes in memory, normalise them, and train with fused SGD and pixels last, in the precision
that is named. All programs are there at once and take turns of a few steps: a machine whose speed wanders is as fast for each. Rates
are medians of the rounds; a ratio is the median of the rounds' own ratios, between their quartiles, and above 1 longtail is faster.
Where a dash stands, torch.compile failed or was not asked.
"""


class Program:
    """One side, which trains as many steps as it is told and says how long they took."""

    def __init__(self, command, environment):
        self.command = [str(word) for word in command]
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
                                        env={**os.environ, **environment})

    def seconds(self, steps):
        """None where it ended with a reason; it is shown."""
        try:
            self.process.stdin.write(f"{steps}\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
            return float(line)
        except (BrokenPipeError, ValueError):
            if self.process.wait() != 0:
                sys.exit(f"{' '.join(self.command)} ended with {self.process.returncode}")
            print(line.strip(), file=sys.stderr)
            return None

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def measure(commands, rounds, steps):
    """Seconds of each side in each round; a side that cannot is left out. Who begins changes from round to round."""
    programs = {side: Program(*command) for side, command in commands.items()}
    # The first turn waits until a side is ready: one after the other, so that they do not get ready together.
    able = [side for side in programs if programs[side].seconds(1) is not None]
    found = {side: [] for side in able}
    for turn in range(rounds):
        for side in able if turn % 2 == 0 else reversed(able):
            found[side].append(programs[side].seconds(steps))
    for side in able:
        programs[side].end()
    return found


def write(rows, options, cores, processor):
    """This kind's section of the page, after every row: hours are not lost."""
    page = ROOT / "docs/results/networks.md"
    words = " ".join(["python3 Benchmarks/networks.py", *sys.argv[1:]])
    asked = " and compiled" if options.compile else "; it was not asked to compile"
    precision = "bfloat16 autocast" if processor.has_bfloat16 else "float32"
    table = "\n".join(rows)
    section = f"""
## {processor.heading}
Written by `{words}` on {time.strftime('%F', time.gmtime())}. {processor.model}, {cores} threads, {precision}; PyTorch as it comes{asked}.
{options.rounds} rounds of {options.steps} steps.

| network | batch | longtail | PyTorch | compiled | over PyTorch | over compiled |
| --- | --- | ---: | ---: | ---: | ---: | ---: |
{table}
"""
    others = page.read_text().split("\n## ")[1:] if page.exists() and page.read_text().startswith(INTRODUCTION) else []
    kept = ["\n## " + text.rstrip() + "\n" for text in others if not text.startswith(processor.heading + "\n")]
    page.write_text(INTRODUCTION + "".join(sorted(kept + [section])))


def ratio(ours, theirs):
    shares = [b / a for a, b in zip(ours, theirs)]
    low, middle, high = statistics.quantiles(shares, n=4)
    return f"{middle:.2f} [{low:.2f}, {high:.2f}]"


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--steps", type=int, default=4)
    options.add_argument("--compile", action="store_true")
    options.add_argument("--cpu", choices=sorted(kinds.CAPS), default=os.environ.get("LONGTAIL_CPU") or None,
                         help="both programs as on a lesser processor")
    options.add_argument("--only", nargs="*", help="these networks alone; the page is not written")
    options = options.parse_args()
    cores = str(len(os.sched_getaffinity(0)))
    processor = kinds.Processor(options.cpu)
    precision = "bfloat16" if processor.has_bfloat16 else "float32"
    rows = []
    for name, batch, pixels in WORK:
        if options.only and name not in options.only:
            continue
        flags = ["--network", name, "--batch-size", batch, "--image-size", pixels, "--classes", "100", "--threads", cores,
                 "--device", "cpu", "--turns"]
        peer = [ROOT / ".deps/peer/bin/python", ROOT / "Benchmarks/network_peer.py", "--precision", precision, *flags]
        commands = {"longtail": ([ROOT / "bin/longtail", "bench", "network", "--steps", "10000", *flags], processor.ours),
                    "PyTorch": (peer, processor.peers)}
        if options.compile:
            commands["compiled"] = ([*peer, "--compile"], processor.peers)
        found = measure(commands, options.rounds, options.steps)

        def rate(side):
            return f"{options.steps * batch / statistics.median(found[side]):.1f}" if side in found else "-"

        def over(side):
            return ratio(found["longtail"], found[side]) if side in found else "-"

        rows.append(f"| {name} | {batch} × {pixels} px | {rate('longtail')} | {rate('PyTorch')} | {rate('compiled')} "
                    f"| {over('PyTorch')} | {over('compiled')} |")
        print(rows[-1], flush=True)
        if not options.only:
            write(rows, options, cores, processor)


main()
