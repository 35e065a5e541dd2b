#!/usr/bin/env python3
"""PyTorch's side of `longtail bench network`, printed as JSON: training images a second of one of torchvision's
networks, or of timm's where torchvision has none of that name. As there, bytes in host memory go to the device in every step
through pinned memory, are normalised on it, and the network trains channels-last, in bfloat16 autocast, with fused SGD; the loss is
not read.

    .deps/peer/bin/python Benchmarks/network_peer.py --network resnet50 --device cuda --cudnn-benchmark
"""

import argparse
import json
import sys
import time

import torch
import torchvision
from torch.nn import functional as F

import variants


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--network", default="resnet50")
    options.add_argument("--device", default="cuda")
    options.add_argument("--batch-size", type=int, default=128)
    options.add_argument("--image-size", type=int, default=224)
    options.add_argument("--classes", type=int, default=1000)
    options.add_argument("--steps", type=int, default=50)
    options.add_argument("--warm-up", type=int, default=3)
    options.add_argument("--compile", action="store_true", help="the network and its loss through torch.compile")
    options.add_argument("--compile-seconds", type=float, default=300, help="what that may take")
    options.add_argument("--threads", type=int, help="of the processor")
    options.add_argument("--precision", choices=variants.PRECISIONS[:2], default="bfloat16", help="float32, or autocast")
    options.add_argument("--turns", action="store_true",
                         help="take turns: each line of standard input is a number of steps, answered by their seconds")
    options.add_argument("--cudnn-benchmark", action="store_true", help="else only kernels that give the same bits")
    options = options.parse_args()

    torch.manual_seed(0)
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.backends.cudnn.benchmark = options.cudnn_benchmark
    if not options.cudnn_benchmark:
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.utils.deterministic.fill_uninitialized_memory = False
    device = torch.device(options.device)
    on_gpu = device.type == "cuda"
    if options.network in torchvision.models.list_models():
        net = torchvision.models.get_model(options.network, num_classes=options.classes)
    else:
        import timm
        net = timm.create_model(options.network, num_classes=options.classes)
    net = net.to(device, memory_format=torch.channels_last).train()
    sgd = torch.optim.SGD(net.parameters(), lr=1e-9, momentum=0.9, weight_decay=5e-4, fused=True)
    mean = torch.tensor([0.485, 0.456, 0.406], device=device).reshape(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225], device=device).reshape(1, 3, 1, 1)
    scale, shift = 1 / (255 * std), -mean / std
    shape = (options.batch_size, 3, options.image_size, options.image_size)
    bytes_, labels = torch.randint(256, shape, dtype=torch.uint8), torch.randint(options.classes, shape[:1])

    def move(tensor):
        return tensor.pin_memory().to(device, non_blocking=True) if on_gpu else tensor

    def loss(images, targets):
        images = images.contiguous(memory_format=torch.channels_last).float() * scale + shift
        with variants.autocast(options.precision, device.type):
            return F.cross_entropy(net(images).float(), targets)

    if options.compile:
        loss = torch.compile(loss, fullgraph=True)

    def step():
        value = loss(move(bytes_), move(labels))
        sgd.zero_grad()
        value.backward()
        sgd.step()

    def wait():
        if on_gpu:
            torch.cuda.synchronize(device)

    name = torch.cuda.get_device_name(device) if on_gpu else "cpu"
    if options.compile:
        reason = variants.compile(step, options.compile_seconds)
        if reason:
            return print(json.dumps({"device": name, "left_out": reason}))
    for _ in range(options.warm_up):
        step()
    wait()

    def seconds(steps):
        start = time.perf_counter()
        for _ in range(steps):
            step()
        wait()
        return time.perf_counter() - start

    if options.turns:
        for line in sys.stdin:
            print(seconds(int(line)), flush=True)
        return
    rate = options.steps * options.batch_size / seconds(options.steps)
    print(json.dumps({"device": name, "steps": options.steps,
                      "train_images_per_second": rate}))


if __name__ == "__main__":
    main()
