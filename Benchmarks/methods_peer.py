#!/usr/bin/env python3
"""One training step of PaCo, GPaCo, RIDE, BBN and DiVE in PyTorch, eager and compiled, as milliseconds in JSON: what `longtail bench methods`
is set beside. ResNet-32, 100 classes, batch 128, on tensors that are ready in memory; SGD with momentum and weight decay.

    .deps/peer/bin/python Benchmarks/methods_peer.py --threads 1
"""

import argparse
import copy
import json
import pathlib
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

import variants

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "scripts/fixtures"))
from network import Block, ResNet  # noqa: E402

BATCH, CLASSES, WIDTH = 128, 100, 64
COUNTS = torch.linspace(500, 5, CLASSES)


class Trunk(nn.Module):
    """The parts of a ResNet-32 by themselves, so that its later stages can stand in several copies."""

    def __init__(self, widths=(16, 32, 64), blocks=(5, 5, 5)):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.stages, last = nn.ModuleList(), 16
        for index, (width, count) in enumerate(zip(widths, blocks)):
            self.stages.append(row(last, width, count, 1 if index == 0 else 2))
            last = width

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        for stage in self.stages:
            x = stage(x)
        return x


def row(inner, width, count, stride):
    return nn.Sequential(*[Block(inner if i == 0 else width, width, stride if i == 0 else 1) for i in range(count)])


class Cosine(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(F.normalize(torch.empty(width, CLASSES).uniform_(-1, 1), dim=0))

    def forward(self, x):
        return 30 * (F.normalize(x, dim=1) @ F.normalize(self.weight, dim=0))


def pooled(x):
    return x.mean((2, 3))


def contrast(centres, vectors, keys, labels, own, alpha=0.01, temperature=0.05):
    """PaCo's loss of the anchors `vectors` against themselves, `keys` and what stands in `labels` after them."""
    everything = torch.cat([vectors, keys])
    shifted = centres.float() + (COUNTS / COUNTS.sum() + 1e-9).log()
    similarity = vectors @ everything.T / temperature
    logits = torch.cat([shifted, similarity], 1)
    logits = logits - logits.max(1, keepdim=True).values.detach()
    others = torch.ones_like(similarity).fill_diagonal_(0)
    same = (own[:, None] == labels[None]).float() * others
    positive = torch.cat([F.one_hot(own, CLASSES).float(), alpha * same], 1)
    weight = torch.cat([torch.ones_like(shifted), others], 1)
    log_probability = logits - ((logits.exp() * weight).sum(1, keepdim=True) + 1e-12).log()
    return -((log_probability * positive).sum(1) / positive.sum(1)).mean()


class PaCo:
    def __init__(self, generalised):
        self.generalised = generalised
        self.net, self.centres = Trunk(), nn.Linear(WIDTH, CLASSES)
        if generalised:
            self.head = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 32))
        else:
            self.head = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.BatchNorm1d(WIDTH), nn.ReLU(), nn.Linear(WIDTH, 32))
            self.key, self.key_head = copy.deepcopy(self.net), copy.deepcopy(self.head)
        self.queue, self.queue_labels, self.at = F.normalize(torch.randn(1024, 32)), torch.randint(CLASSES, (1024,)), 0
        self.modules = [self.net, self.centres, self.head]

    def loss(self, views, labels):
        if self.generalised:
            features = [pooled(self.net(view)) for view in views]
            vectors = [F.normalize(self.head(f).float()) for f in features]
            centres = torch.cat([self.centres(f) for f in features])
            anchors, own, key = torch.cat(vectors), labels.repeat(2), vectors[1].detach()
            value = contrast(centres, anchors, self.queue, torch.cat([own, self.queue_labels]), own)
        else:
            with torch.no_grad():
                for mine, theirs in ((self.key, self.net), (self.key_head, self.head)):
                    for k, q in zip(mine.parameters(), theirs.parameters()):
                        k.mul_(0.999).add_(q, alpha=0.001)
                key = F.normalize(self.key_head(pooled(self.key(views[1]))).float())
            features = pooled(self.net(views[0]))
            vectors = F.normalize(self.head(features).float())
            value = contrast(self.centres(features), vectors, torch.cat([key, self.queue]),
                             torch.cat([labels, labels, self.queue_labels]), labels)
        self.queue = self.queue.clone()
        self.queue[self.at:self.at + BATCH], self.queue_labels[self.at:self.at + BATCH] = key, labels
        self.at = (self.at + BATCH) % 1024
        return value


class RIDE:
    def __init__(self):
        self.net = Trunk((16,), (5,))
        self.experts = nn.ModuleList(
            nn.Sequential(row(16, 24, 5, 2), row(24, 48, 5, 2)) for _ in range(3))
        self.heads = nn.ModuleList(Cosine(48) for _ in range(3))
        self.margins = 0.5 * (COUNTS.min() / COUNTS) ** 0.25
        self.modules = [self.net, self.experts, self.heads]

    def loss(self, views, labels):
        shared = self.net(views[0])
        logits = [head(pooled(expert(shared))).float() for expert, head in zip(self.experts, self.heads)]
        mean = torch.stack(logits).mean(0).detach()
        drop = 30 * self.margins[labels][:, None] * F.one_hot(labels, CLASSES)
        return sum(F.cross_entropy(z - drop, labels)
                   - 0.45 * F.kl_div(F.log_softmax(z, 1), F.softmax(mean, 1), reduction="batchmean") for z in logits)


class BBN:
    def __init__(self):
        self.net = Trunk((16, 32, 64), (5, 5, 4))
        self.branches = nn.ModuleList([Block(64, 64, 1), Block(64, 64, 1)])
        self.classifier = nn.Linear(2 * WIDTH, CLASSES)
        self.modules = [self.net, self.branches, self.classifier]

    def loss(self, views, labels):
        share = 0.6
        a, b = (pooled(branch(self.net(view))) for branch, view in zip(self.branches, views))
        z = self.classifier(torch.cat([2 * share * a, 2 * (1 - share) * b], 1)).float()
        return share * F.cross_entropy(z, labels) + (1 - share) * F.cross_entropy(z, labels.flip(0))


class DiVE:
    def __init__(self):
        self.net, self.teacher = ResNet(32, CLASSES), ResNet(32, CLASSES).eval()
        self.modules = [self.net]

    def loss(self, views, labels):
        with torch.no_grad():
            target = F.softmax(self.teacher(views[0]).float() / 2, 1) ** 0.5
            target = target / target.sum(1, keepdim=True)
        z = self.net(views[0]).float()
        kl = F.kl_div(F.log_softmax(z / 2, 1), target, reduction="batchmean")
        return 0.5 * 4 * kl + 0.5 * F.cross_entropy(z + COUNTS.log(), labels)


METHODS = {"paco": lambda: PaCo(False), "gpaco": lambda: PaCo(True), "ride": RIDE, "bbn": BBN, "dive": DiVE}


class Steps:
    """Training steps of one method, as a function of the precision; channels-last with fused SGD when it is to be the best."""

    def __init__(self, make, best, batch=BATCH):
        torch.manual_seed(0)
        layout = torch.channels_last if best else torch.contiguous_format
        self.method = make()
        self.parts = [value for value in vars(self.method).values() if isinstance(value, nn.Module)]
        for part in self.parts:
            part.to(memory_format=layout)
        parameters = [p for module in self.method.modules for p in module.parameters()]
        self.sgd = torch.optim.SGD(parameters, lr=0.01, momentum=0.9, weight_decay=5e-4, fused=True if best else None)
        self.views = [torch.randn(batch, 3, 32, 32).to(memory_format=layout) for _ in range(2)]
        self.labels = torch.randint(CLASSES, (batch,))

    def compile(self):
        """The networks are compiled, the losses around them stay eager. A list of networks has no forward of its own."""
        for part in self.parts:
            for network in part if isinstance(part, nn.ModuleList) else [part]:
                network.compile()

    def step(self, precision):
        with variants.autocast(precision):
            loss = self.method.loss(self.views, self.labels)
        self.sgd.zero_grad()
        loss.backward()
        self.sgd.step()


def milliseconds(step, seconds):
    """Mean of a step over at least `seconds`, after two that do not count."""
    step(), step()
    count, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds or count < 3:
        step()
        count += 1
    return 1000 * elapsed / count


def at_its_best(make, precision, options):
    """Milliseconds of a step, eager and compiled; what does not compile is left out."""
    found = {}
    for compiled in (False, True) if not variants.no_compiler() else (False,):
        steps = Steps(make, True)
        if compiled:
            steps.compile()
            if variants.compile(lambda: steps.step(precision), options.compile_seconds):
                continue
        found[f"{'compiled' if compiled else 'eager'}, {precision}"] = milliseconds(
            lambda: steps.step(precision), options.seconds)
    return found


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--seconds", type=float, default=5)
    options.add_argument("--compile-seconds", type=float, default=300, help="what one compiled variant may take to compile")
    options = options.parse_args()
    torch.set_num_threads(options.threads)
    small = Steps(DiVE, True, 8)
    # One precision for all variants: compiling takes long, and bfloat16 is either much faster or much slower.
    slow = variants.bfloat16_is_slow(small.step)
    precision = "float32" if slow else "bfloat16"
    print(json.dumps({
        "default": {name: milliseconds(lambda: steps.step("float32"), options.seconds)
                    for name, make in METHODS.items() for steps in [Steps(make, False)]},
        "best": {name: at_its_best(make, precision, options) for name, make in METHODS.items()}}))


if __name__ == "__main__":
    main()
