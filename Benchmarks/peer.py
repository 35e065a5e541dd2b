#!/usr/bin/env python3
"""PyTorch's side of `make bench`, printed as JSON: training and evaluation throughput of ResNet-32 in PyTorch's default
(float32, contiguous) and in every variant that may be its best (channels-last and fused SGD; eager or compiled, float32 or
bfloat16), the cost of one operator call, and one BTM member trained the official way, which evaluates the whole test set
after every epoch.

    .deps/peer/bin/python Benchmarks/peer.py --data ../shared/data --threads 2
"""

import argparse
import copy
import json
import os
import pathlib
import platform
import sys
import time

import numpy
import torch
import torchvision
from PIL import Image
from torch.nn import functional as F
from torchvision import transforms

import variants

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "scripts/fixtures"))
from network import ResNet  # noqa: E402

# As in longtail's SpeedTest.
TRAIN_BATCH, EVALUATE_BATCH = 128, 500


class Records(torch.utils.data.Dataset):
    """CIFAR-100 records as (PIL image through `transform`, fine label)."""

    def __init__(self, pixels, labels, transform):
        self.pixels, self.labels, self.transform = pixels, labels, transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.pixels[index])), int(self.labels[index])


def read(path):
    """Pixels [N, 32, 32, 3] and fine labels [N] of a CIFAR-100 binary file."""
    records = numpy.fromfile(path, dtype=numpy.uint8).reshape(-1, 3074)
    return records[:, 2:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1).copy(), records[:, 1].astype(numpy.int64)


def balanced(labels, classes=100, imbalance=100, images=10):
    """The first min(n_c, 10) records of each class of the exponential profile at imbalance 100: 949 of them."""
    kept = []
    for c in range(classes):
        count = int(500 * (1 / imbalance) ** (c / (classes - 1)))
        kept.extend(numpy.flatnonzero(labels == c)[: min(count, images)])
    return numpy.array(kept)


def photographs(folder, passes):
    """Photographs a second of processor time through the usual transforms, Pillow images from files to bytes in planes."""
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    chains = {
        "train": [transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip(),
                  transforms.ColorJitter(0.4, 0.4, 0.4, 0)],
        "evaluate": [transforms.Resize(256), transforms.CenterCrop(224)],
    }
    figures = {}
    for name, steps in chains.items():
        chain = transforms.Compose(steps + [transforms.PILToTensor()])
        start = time.process_time()
        for _ in range(passes):
            for path in paths:
                chain(Image.open(path).convert("RGB"))
        figures[f"photographs_{name}_per_second"] = passes * len(paths) / (time.process_time() - start)
    return figures


class Steps:
    """Training and evaluation on a batch that is ready in memory, so that nothing but the network is measured."""

    def __init__(self, best, train_batch=TRAIN_BATCH, evaluate_batch=EVALUATE_BATCH):
        torch.manual_seed(0)
        layout = torch.channels_last if best else torch.contiguous_format
        self.net = ResNet(32, 100).to(memory_format=layout)
        # `fused=None` is PyTorch's default: foreach where it pays, which on the CPU is the plain loop.
        self.sgd = torch.optim.SGD(
            self.net.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4, fused=True if best else None)
        self.images = torch.randn(train_batch, 3, 32, 32).to(memory_format=layout)
        self.labels = torch.randint(100, (train_batch,))
        self.tests = torch.randn(evaluate_batch, 3, 32, 32).to(memory_format=layout)

    def training(self, precision, compiled=False):
        """A step of training as a function. The update stays with the fused SGD, also beside a compiled network."""
        def loss():
            with variants.autocast(precision):
                return F.cross_entropy(self.net(self.images), self.labels)

        if compiled:
            loss = torch.compile(loss, fullgraph=True)

        def step():
            self.net.train()
            value = loss()
            self.sgd.zero_grad()
            value.backward()
            self.sgd.step()
        return step

    def evaluation(self, precision, compiled=False):
        """A batch of evaluation as a function; compiled, its weights are constants and batch normalisation is folded."""
        net, tests = copy.deepcopy(self.net).eval(), self.tests
        if precision == "bfloat16 weights":
            net, tests = net.bfloat16(), tests.bfloat16()

        def classes():
            with variants.autocast(precision):
                return net(tests).argmax(1)

        return torch.no_grad()(torch.compile(classes, fullgraph=True)) if compiled else torch.inference_mode()(classes)


def throughput(step, batch, seconds):
    """Images per second over at least `seconds`, after two steps of warming up."""
    step(), step()
    count, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        step()
        count += batch
    return count / elapsed


def at_its_best(seconds, compile_seconds):
    """Images a second of every variant that may be the fastest, and why others are left out."""
    rates, left_out = {"train": {}, "evaluate": {}}, {}
    small = Steps(True, 8, 8)
    slow = variants.bfloat16_is_slow(lambda precision: small.training(precision)())
    if slow:
        left_out["bfloat16"] = f"{slow:.0f} times slower than float32 on 8 images"
    missing = variants.no_compiler()
    if missing:
        left_out["compiled"] = missing
    steps = Steps(True)
    for compiled in (False, True) if not missing else (False,):
        for precision in variants.PRECISIONS if not slow else variants.PRECISIONS[:1]:
            name = f"{'compiled' if compiled else 'eager'}, {precision}"
            for part, make, batch in (("train", steps.training, TRAIN_BATCH), ("evaluate", steps.evaluation, EVALUATE_BATCH)):
                if part == "train" and precision == "bfloat16 weights":
                    continue
                step = make(precision, compiled)
                reason = variants.compile(step, compile_seconds, freezing=part == "evaluate") if compiled else None
                if reason:
                    left_out[f"{name}, {part}"] = reason
                else:
                    rates[part][name] = throughput(step, batch, seconds)
    return rates, left_out


def call_microseconds(calls=50_000):
    """Mean cost of one add of two one-element tensors, called from Python."""
    a, b = torch.ones(1), torch.ones(1)
    with torch.inference_mode():
        start = time.perf_counter()
        for _ in range(calls):
            torch.add(a, b)
        return (time.perf_counter() - start) / calls * 1e6


class Member:
    """One BTM member the official way: PIL transforms, DataLoader, mixup 0.2, SGD; float32, contiguous."""

    def __init__(self, data, workers):
        torch.manual_seed(0)
        numpy.random.seed(0)
        tail = [transforms.ToTensor(), transforms.Normalize((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010))]
        crop = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip()]
        pixels, labels = read(data / "train.bin")
        kept = balanced(labels)
        train = Records(pixels[kept], labels[kept], transforms.Compose(crop + tail))
        test = Records(*read(data / "test.bin"), transforms.Compose(tail))
        loader = torch.utils.data.DataLoader
        self.train = loader(train, batch_size=TRAIN_BATCH, shuffle=True, num_workers=workers)
        self.test = loader(test, batch_size=TRAIN_BATCH, num_workers=workers)
        self.net = ResNet(32, 100)
        self.sgd = torch.optim.SGD(self.net.parameters(), lr=5e-3, momentum=0.9, weight_decay=5e-4)

    def epoch(self):
        self.net.train()
        for images, labels in self.train:
            mix, order = numpy.random.beta(0.2, 0.2), torch.randperm(len(labels))
            logits = self.net(mix * images + (1 - mix) * images[order])
            loss = mix * F.cross_entropy(logits, labels) + (1 - mix) * F.cross_entropy(logits, labels[order])
            self.sgd.zero_grad()
            loss.backward()
            self.sgd.step()

    @torch.no_grad()
    def evaluate(self):
        self.net.eval()
        return sum((self.net(images).argmax(1) == labels).sum().item() for images, labels in self.test)

    def seconds(self, epochs):
        """Mean seconds of one epoch's training, of one evaluation, and of reading the training batches alone."""
        training = evaluation = 0.0
        for _ in range(epochs):
            start = time.perf_counter()
            self.epoch()
            middle = time.perf_counter()
            self.evaluate()
            training, evaluation = training + middle - start, evaluation + time.perf_counter() - middle
        start = time.perf_counter()
        for _ in self.train:
            pass
        return training / epochs, evaluation / epochs, time.perf_counter() - start


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=pathlib.Path, help="folder that holds cifar-100-binary; without it no BTM part")
    options.add_argument("--photographs", type=pathlib.Path, help="folder of pictures: measure the transforms alone")
    options.add_argument("--passes", type=int, default=3, help="passes over the photographs")
    options.add_argument("--threads", type=int, default=os.cpu_count())
    options.add_argument("--seconds", type=float, default=5, help="length of one throughput measurement")
    options.add_argument("--compile-seconds", type=float, default=300, help="what one compiled variant may take to compile")
    options.add_argument("--epochs", type=int, default=2, help="epochs of the BTM member")
    options = options.parse_args()
    torch.set_num_threads(options.threads)

    if options.photographs:
        return print(json.dumps(photographs(options.photographs, options.passes)))
    default = Steps(False)
    figures = {
        "train_images_per_second_default": throughput(default.training("float32"), TRAIN_BATCH, options.seconds),
        "evaluate_images_per_second_default": throughput(default.evaluation("float32"), EVALUATE_BATCH, options.seconds),
        "operator_call_microseconds": call_microseconds(),
    }
    if options.data:
        member = Member(options.data / "cifar-100-binary", options.threads)
        training, evaluation, loading = member.seconds(options.epochs)
        figures["btm_member_seconds_per_epoch_with_evaluation"] = training + evaluation
        figures["btm_member_seconds_per_epoch"] = training
        figures["btm_member_seconds_per_epoch_loading_only"] = loading
    rates, left_out = at_its_best(options.seconds, options.compile_seconds)
    print(json.dumps({
        **figures, "train_images_per_second": rates["train"], "evaluate_images_per_second": rates["evaluate"],
        "left_out": left_out, "system": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "threads": options.threads, "epochs": options.epochs,
        "versions": {"torch": torch.__version__, "torchvision": torchvision.__version__},
    }))


if __name__ == "__main__":
    main()
