"""docs/results/bench.md: a section for each kind of processor and one for the GPU; a run replaces its own and no other."""

import kinds

GPU = "Training ResNet-50 on a GPU"

INTRODUCTION = """# Speed, beside PyTorch

Written by `make bench`, a section for each kind of processor that it was run on; a run replaces its own. Ratio above 1:
longtail is faster. The two programs take turns, and medians of the rounds are given; on a disturbed machine nothing is
written. ResNet-32, 100 classes, batches of 128 in training and of 500 in evaluation. PyTorch's pictures are ready in memory;
longtail reads, augments and normalises its own meanwhile.

"Default" is float32, contiguous, eager. "Best" is the fastest of PyTorch's variants, all of them channels-last and with fused
SGD: eager or `torch.compile` (in evaluation frozen, with batch normalisation folded), in float32, bfloat16 autocast, or in
evaluation with the weights in bfloat16; compiling is not counted. bfloat16 is left out where a small batch shows it to be
slower than float32 by more than a factor of 2.

The BTM rows are measured on one member for a few epochs (949 images) and given per epoch: a stage of ten members and 30 epochs
is 300 times that, **scaled, not measured**. The official way evaluates the 10,000 test images after every epoch of every member.

Photographs are the folder `imagenet-samples` of the data, read from files, on one core and by processor time, beside
Pillow and torchvision: random resized crop 224, flip and colour jitter 0.4 for training, resize 256 and centre crop 224
for evaluation; "fast" and "cached" are set beside the same Pillow. Fast decodes JPEGs by the quickest inverse transform,
without interpolated chroma, and at a fraction of the size where a crop shrinks to less. Baseline scans are read by longtail's
own Huffman reader in place of libjpeg-turbo's, to the same coefficients, so that exact decoding gains from it too; other scans
and damaged files are libjpeg-turbo's.
"""

# Row, unit, key of longtail, key of the peer, and whether more is better. A peer's variants are in a dictionary: the best counts.
ROWS = [
    ("training, PyTorch's default", "images/s", "train_images_per_second", "train_images_per_second_default", True),
    ("training, PyTorch at its best", "images/s", "train_images_per_second", "train_images_per_second", True),
    ("evaluation, PyTorch's default", "images/s", "evaluate_images_per_second", "evaluate_images_per_second_default", True),
    ("evaluation, PyTorch at its best", "images/s", "evaluate_images_per_second", "evaluate_images_per_second", True),
    ("BTM member, the official way", "s/epoch", "btm_member_seconds_per_epoch",
     "btm_member_seconds_per_epoch_with_evaluation", False),
    ("BTM member, without its evaluations", "s/epoch", "btm_member_seconds_per_epoch", "btm_member_seconds_per_epoch", False),
    ("photographs to batches, training", "images/s", "photographs_train_per_second", "photographs_train_per_second", True),
    ("photographs to batches, training, fast", "images/s", "photographs_train_fast_per_second",
     "photographs_train_per_second", True),
    ("photographs to batches, training, cached", "images/s", "photographs_train_cached_per_second",
     "photographs_train_per_second", True),
    ("photographs to batches, evaluation", "images/s", "photographs_evaluate_per_second",
     "photographs_evaluate_per_second", True),
    ("one operator call", "µs", "operator_call_microseconds", "operator_call_microseconds", False),
]

# Row, and the ratio aimed at with AVX2 and with bfloat16; None where none was set.
AIMS = [
    ("training, PyTorch at its best", 1.3, 1.3),
    ("evaluation, PyTorch at its best", 1.1, 1.1),
    ("BTM member, the official way", None, 12),
]
# Images of a step, and how often what the forward pass computes is computed in it.
STEPS = {"training": (128, 3), "evaluation": (500, 1)}
# Operations of ResNet-32's convolutions for one picture of 32×32, forward, 10⁹; a multiplication and an addition are two.
FORWARD_GFLOP = 2 * (3 * 16 * 1024 + 10 * 16 * 16 * 1024 + 16 * 32 * 256 + 9 * 32 * 32 * 256 + 32 * 64 * 64
                     + 9 * 64 * 64 * 64) * 9 * 1e-9
# Operators below this share of a step are not in the table.
LEAST_SHARE = 0.005
KEEPS_DISTURBED, LOSES_UNDISTURBED = 0.40, 0.03


def number(value):
    return "" if value is None else f"{value:.4g}"


def best(figure, more=True):
    """The fastest variant and its name; of a single figure itself and no name."""
    if not isinstance(figure, dict):
        return figure, ""
    if not figure:
        return None, ""
    name = (max if more else min)(figure, key=figure.get)
    return figure[name], name


def table(head, rows):
    """Markdown; the first column is text, the others are numbers on the right."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def ratios(ours, peer):
    """Of each row that both sides measured."""
    found = {}
    for row, _, mine, theirs, more in ROWS:
        a, (b, _) = ours.get(mine), best(peer.get(theirs), more)
        if a and b:
            found[row] = a / b if more else b / a
    return found


def speeds(ours, peer):
    compared, rows = ratios(ours, peer), []
    for row, unit, mine, theirs, more in ROWS:
        value, name = best(peer.get(theirs), more)
        ratio = f"{compared[row]:.2f}" if row in compared else ""
        rows.append([f"{row} ({name})" if name else row, unit, number(ours.get(mine)), number(value), ratio])
    return table(["what", "unit", "longtail", "PyTorch", "ratio"], rows)


def variants(peer):
    """Every variant of PyTorch that was tried, and why others were not."""
    training, evaluation = peer.get("train_images_per_second", {}), peer.get("evaluate_images_per_second", {})
    names = list(training) + [name for name in evaluation if name not in training]
    rows = [[name, number(training.get(name)), number(evaluation.get(name))] for name in names]
    text = table(["PyTorch, images/s", "training", "evaluation"], rows)
    left_out = [f"{name}: {reason}" for name, reason in peer.get("left_out", {}).items()]
    return text + ("\n\nLeft out: " + "; ".join(left_out) + "." if left_out else "")


def where(ours, peer):
    """Where a BTM epoch's time goes, as far as both sides measured it."""
    lines = []
    whole, training = (peer.get(f"btm_member_seconds_per_epoch{suffix}") for suffix in ("_with_evaluation", ""))
    if whole and training:
        lines.append(f"PyTorch, the official way: {(whole - training) / whole:.0%} of an epoch is the evaluation of the "
                     f"test set; reading the training batches alone takes {peer['btm_member_seconds_per_epoch_loading_only']:.2f} s.")
    parts = ours.get("btm_seconds_by_part")
    if parts:
        whole = sum(parts.values())
        lines.append("longtail: " + ", ".join(f"{name} {value / whole:.0%}" for name, value in parts.items()) + ".")
    return "\n".join(lines)


def waiting(figures):
    """Training with the program's way of waiting and with OpenMP's own, alone and beside a busy process a core."""
    rows = []
    for setting, values in figures.items():
        alone, beside = values.get("alone"), values.get("beside")
        rows.append([setting, number(alone), number(beside), f"{beside / alone:.0%}" if alone and beside else ""])
    return table(["threads wait", "alone, images/s", "beside a busy process a core", "kept"], rows)


def aims(processor, compared, figures):
    """What was aimed at on this kind, and whether it is reached."""
    column = 2 if processor.has_bfloat16 else 1 if processor.kind == kinds.AVX2 else None
    rows = []

    def add(what, goal, value, reached):
        rows.append([what, goal, value, "not measured" if reached is None else "reached" if reached else "**not reached**"])

    for aim in AIMS if column else []:
        goal, value = aim[column], compared.get(aim[0])
        if goal:
            add(aim[0], f"{goal:g} ×", f"{value:.2f} ×" if value else "", value >= goal if value else None)
    own, default = figures["as longtail sets it"], figures["OpenMP's default"]
    kept = own["beside"] / own["alone"] if own.get("beside") and own.get("alone") else None
    add("training beside a busy process a core keeps", f"{KEEPS_DISTURBED:.0%}", f"{kept:.0%}" if kept else "",
        kept >= KEEPS_DISTURBED if kept else None)
    lost = 1 - own["alone"] / default["alone"] if own.get("alone") and default.get("alone") else None
    add("and alone loses at most, beside OpenMP's default", f"{LOSES_UNDISTURBED:.0%}", "" if lost is None else f"{lost:.1%}",
        None if lost is None else lost <= LOSES_UNDISTURBED)
    return table(["aim", "at least, or at most", "measured", ""], rows)


def limit(steps, product):
    """How near the convolutions are to the matrix product, and what would be left to gain if they were there."""
    rows = []
    for name, (images, passes) in STEPS.items():
        lines = steps.get(name, [])
        whole = sum(line["milliseconds"] for line in lines)
        spent = sum(line["milliseconds"] for line in lines if "convolution" in line["operator"].lower())
        if not spent or not product:
            continue
        operations = images * passes * FORWARD_GFLOP
        least = 1000 * operations / product
        rows.append([name, f"{operations:.1f}", f"{spent:.1f}", f"{1000 * operations / spent:.0f}", f"{least / spent:.0%}",
                     f"{1000 * images / whole:.0f}", f"{1000 * images / (whole - spent + least):.0f}"])
    if not rows:
        return ""
    text = f"""
A product of matrices of 2048×2048 in the same arithmetic runs at {product:.0f} GFLOP/s here. "At most" is the speed that is left
when convolutions run like it and all else stays as it is: a larger factor takes fewer multiplications (Winograd's convolutions),
which longtail does not do.
"""
    return text + "\n" + table(["step", "convolutions, GFLOP", "ms", "GFLOP/s", "of the product", "images/s", "at most"], rows)


def operators(profile):
    """longtail's step by operator, as far as they take half a percent, and its limit."""
    steps = profile.get("profile")
    if not steps:
        return "Not measured: this longtail has no `bench --profile`."
    parts = []
    for name, lines in steps.items():
        rows = [[f"`{line['operator']}`", f"{line['calls']:g}", f"{line['milliseconds']:.2f}", f"{line['share']:.1%}"]
                for line in lines if line["share"] >= LEAST_SHARE]
        parts.append(table([f"{name}, one step", "calls", "ms", "share"], rows))
    return "\n\n".join([*parts, limit(steps, profile.get("matrix_product_gflops"))]).rstrip()


def decoding(rates):
    """The loader with 1, 2, ... workers."""
    rows = [[workers, number(rate), f"{rate / rates[1]:.2f}" if rate and rates.get(1) else ""] for workers, rate in rates.items()]
    text = table(["workers", "photographs/s", "beside one"], rows)
    return text if any(rates.values()) else text + "\n\nNot measured: this longtail has no `bench transforms --workers`, or no photographs."


def methods(ours, peer):
    rows = []
    for name, default in peer["default"].items():
        a, (b, variant) = ours.get(name), best(peer["best"].get(name), more=False)
        ratio = [f"{value / a:.2f}" if a and value else "" for value in (default, b)]
        cell = [f"{value:.0f}" if value else "" for value in (a, default, b)]
        rows.append([name, cell[0], cell[1], ratio[0], f"{cell[2]} ({variant})", ratio[1]])
    return table(["step of 128 images, ms", "longtail", "PyTorch, default", "ratio", "PyTorch, best", "ratio"], rows)


def section(processor, facts, ours, peer, steps, figures, profile, workers):
    return f"""## {processor.heading}

{facts}

{speeds(ours, peer)}

{aims(processor, ratios(ours, peer), figures)}

{where(ours, peer)}

### PyTorch's variants

{variants(peer)}

### A step of the methods

Forward, backward and update of ResNet-32 (RIDE: three experts), 100 classes, one thread; images are ready in memory.

{methods(*steps)}

### Beside other programs

{waiting(figures)}

### Decoding

Through the loader, by the clock, for training.

{decoding(workers)}

### longtail by operator

{operators(profile)}
"""


def split(text):
    """The introduction, and the sections as (heading, text); together they are `text`, byte for byte."""
    pieces, fenced = [("", "")], False
    for line in text.splitlines(keepends=True):
        fenced ^= line.startswith("```")
        if line.startswith("## ") and not fenced:
            pieces.append((line[3:].strip(), ""))
        heading, piece = pieces[-1]
        pieces[-1] = (heading, piece + line)
    return pieces[0][1], pieces[1:]


def replace(page, sections):
    """`page` with these sections (text by heading) in the place of those of the same headings, new ones after them, and the
    GPU at the end."""
    texts = {**dict(split(page)[1]), **sections}
    ordered = sorted(texts, key=lambda heading: heading == GPU)
    return "\n\n".join(text.rstrip("\n") for text in [INTRODUCTION, *(texts[heading] for heading in ordered)]) + "\n"
