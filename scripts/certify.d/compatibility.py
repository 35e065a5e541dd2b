"""Makes checkpoints with the tools of the field, lets longtail import them, compares every tensor with PyTorch's, and writes
the table of docs/compatibility.md.

    python compatibility.py LONGTAIL ROOT [PART...]      (only some of the functions below, and no table; in an empty folder; scripts/certify compatibility installs the packages)
"""

import argparse
import importlib.metadata
import os
import pathlib
import subprocess
import sys
import warnings

import torch
import torchvision
from safetensors.torch import load_file, save_file

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
LONGTAIL, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])
CLASSES = 5
FC = ("fc.weight", "fc.bias")


def drawn(seed, name="resnet18"):
    """A ResNet whose every tensor differs from every other's, running statistics too."""
    torch.manual_seed(seed)
    net = getattr(torchvision.models, name)(num_classes=CLASSES)
    for tensor in net.state_dict().values():
        tensor.copy_(torch.rand(tensor.shape) + 0.5) if tensor.is_floating_point() else tensor.fill_(seed + 3)
    return net


def body_of(state):
    return {name: tensor for name, tensor in state.items() if name not in FC}


def run(*arguments):
    done = subprocess.run([LONGTAIL, *arguments], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def equal(path, expected):
    found = load_file(path)
    assert sorted(found) == sorted(expected), sorted(set(found) ^ set(expected))[:5]
    for name, tensor in expected.items():
        assert torch.equal(found[name], tensor.to(found[name].dtype)), name
    return len(expected)


rows = []


def row(tool, what, package, outcome, how):
    version = importlib.metadata.version(package) if package in packages else package
    rows.append((tool, version, what, outcome, how))
    print(f"| {tool} | {version} | {what} | {outcome} | {how} |", flush=True)


packages = {"torch", "torchvision", "timm", "lightning", "transformers", "fastai", "open_clip_torch", "lightly"}


def whole(tool, what, package, path, expected, *options, how="tensors equal"):
    """A file that holds a network with its classifier."""
    code, text = run("import", path, "--output", "out.safetensors", *options)
    assert code == 0, (what, text)
    count = equal("out.safetensors", expected)
    key = next(line for line in text.splitlines() if line.startswith("weights: "))[9:].split(", not")[0]
    row(tool, what, package, f"taken from `{key}`" if key != "the file itself" else "taken", f"{count} {how}")


def body(tool, what, package, path, expected, layout=""):
    """A file that holds a body: what merging one file alone gives is what is read of it."""
    code, text = run("import", path, "--output", "out.safetensors")
    assert code != 0 and ("without a classifier" in text or "several layers" in text), (what, text)
    kind = "body, without a classifier" if "without a classifier" in text else "body; the head of several layers is told"
    code, text = run("merge", path, path, "--output", "out.safetensors")
    assert code == 0, (what, text)
    found = {name: tensor for name, tensor in load_file("out.safetensors").items() if not name.startswith("fc.")}
    save_file(found, "body.safetensors")
    how = f"{equal('body.safetensors', expected)} tensors equal"
    row(tool, what, package, kind, f"layout only: {layout}; {how}" if layout else how)


def refused(tool, what, package, path, words):
    code, text = run("import", path, "--output", "out.safetensors")
    assert code != 0 and words in text, (what, text)
    row(tool, what, package, f"refused: {words}", "words")


def torch_files():
    for name in ("resnet18", "resnet50", "resnext50_32x4d"):
        state = drawn(1, name).state_dict()
        torch.save(state, "tv.pth")
        whole("torchvision", f"{name}, state dict", "torchvision", "tv.pth", state)
    net, other = drawn(1), drawn(2)
    state = net.state_dict()
    torch.save(state, "legacy.pth", _use_new_zipfile_serialization=False)
    whole("torch.save", "legacy layout", "torch", "legacy.pth", state)
    torch.save([state, {"epoch": 3}], "list.pth")
    whole("torch.save", "state dict in a list", "torch", "list.pth", state)
    torch.save({"epoch": 3, "state_dict": torch.nn.DataParallel(net).state_dict()}, "dp.pth.tar")
    whole("torch.nn.DataParallel", ".pth.tar with the epoch", "torch", "dp.pth.tar", state)
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29511")
    torch.distributed.init_process_group("gloo", rank=0, world_size=1)
    parallel = torch.nn.parallel.DistributedDataParallel(net)
    torch.save(parallel.state_dict(), "ddp.pth")
    whole("DistributedDataParallel", "state dict", "torch", "ddp.pth", state)
    torch.save(torch.compile(parallel).state_dict(), "compiled-ddp.pth")
    whole("torch.compile", "of DDP", "torch", "compiled-ddp.pth", state)
    torch.distributed.destroy_process_group()
    torch.save(torch.compile(net).state_dict(), "compiled.pth")
    whole("torch.compile", "state dict", "torch", "compiled.pth", state)
    averaged = torch.optim.swa_utils.AveragedModel(net)
    torch.save({"state_dict": other.state_dict(), "swa": averaged.state_dict()}, "swa.pth")
    whole("AveragedModel", "beside what was trained", "torch", "swa.pth", other.state_dict())
    whole("AveragedModel", "`--weights-key swa`", "torch", "swa.pth", state, "--weights-key", "swa")
    torch.save(averaged.state_dict(), "averaged.pth")
    whole("AveragedModel", "alone, `n_averaged` beside it", "torch", "averaged.pth", state)
    headed = drawn(1)
    headed.fc = torch.nn.Sequential(torch.nn.Dropout(0.5), headed.fc)
    torch.save(headed.state_dict(), "dropout.pth")
    whole("torch", "`fc = Sequential(Dropout, Linear)`", "torch", "dropout.pth", state)
    torch.jit.script(net).save("script.pt")
    refused("TorchScript", "archive", "torch", "script.pt", "is a TorchScript archive")
    torch.save({name: tensor.numpy() for name, tensor in state.items()}, "numpy.pth")
    refused("NumPy", "arrays in torch.save", "torch", "numpy.pth", "torch.from_numpy")


def timm_files():
    import timm
    from timm.utils import CheckpointSaver, ModelEmaV3

    for name in ("resnet18", "resnet50", "resnext50_32x4d"):
        state = drawn(1, name).state_dict()
        net = timm.create_model(name, num_classes=CLASSES)
        net.load_state_dict(state)
        save_file(net.state_dict(), "timm.safetensors")
        whole("timm", f"{name}, safetensors", "timm", "timm.safetensors", state)
    own, average = drawn(1), drawn(2)
    net = timm.create_model("resnet18", num_classes=CLASSES)
    net.load_state_dict(own.state_dict())
    ema = ModelEmaV3(net)
    ema.module.load_state_dict(average.state_dict())
    saver = CheckpointSaver(
        model=net, optimizer=torch.optim.SGD(net.parameters(), 0.1), args=argparse.Namespace(model="resnet18"),
        model_ema=ema, checkpoint_dir=".", recovery_dir=".")
    saver._save("timm.pth.tar", epoch=2, metric=61.0)
    whole("timm", "CheckpointSaver with ModelEmaV3", "timm", "timm.pth.tar", own.state_dict())
    whole(
        "timm", "`--weights-key state_dict_ema`", "timm", "timm.pth.tar", average.state_dict(), "--weights-key",
        "state_dict_ema")
    for name, words in (("resnet18d", "a stem of several convolutions"), ("seresnet50", "squeeze and excitation")):
        torch.save(timm.create_model(name, num_classes=CLASSES).state_dict(), "other.pth")
        refused("timm", name, "timm", "other.pth", words)
    torch.save(timm.create_model("resnet18", num_classes=CLASSES, in_chans=1).state_dict(), "grey.pth")
    refused("timm", "resnet18, in_chans=1", "timm", "grey.pth", "takes grey pictures")


def lightning_files():
    import lightning
    import torchmetrics

    class Module(lightning.LightningModule):
        def __init__(self, net):
            super().__init__()
            self.net = net
            self.criterion = torch.nn.CrossEntropyLoss(weight=torch.rand(CLASSES))
            self.train_acc = torchmetrics.ConfusionMatrix("multiclass", num_classes=CLASSES)
            self.train_acc.persistent(True)

        def training_step(self, batch, _):
            return self.criterion(self.net(batch[0]), batch[1])

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), 0.0)

    def fit(net, path, callbacks=()):
        module = Module(net)
        trainer = lightning.Trainer(
            max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
            enable_model_summary=False, callbacks=list(callbacks))
        data = [(torch.randn(3, 64, 64), 1)] * 4
        trainer.fit(module, torch.utils.data.DataLoader(data, batch_size=2))
        trainer.save_checkpoint(path)
        return {name: tensor for name, tensor in torch.load(path, weights_only=False)["state_dict"].items()}

    state = fit(drawn(1), "lightning.ckpt")
    expected = {name.removeprefix("net."): tensor for name, tensor in state.items() if name.startswith("net.")}
    whole("Lightning", "class-weighted loss and a persistent metric", "lightning", "lightning.ckpt", expected)
    if hasattr(lightning.pytorch.callbacks, "WeightAveraging"):
        state = fit(drawn(1), "average.ckpt", [lightning.pytorch.callbacks.WeightAveraging()])
        expected = {name.removeprefix("net."): tensor for name, tensor in state.items() if name.startswith("net.")}
        whole("Lightning", "WeightAveraging, which puts the average under `state_dict`", "lightning", "average.ckpt", expected)

    net = drawn(1)
    extractor = lightning.LightningModule()
    extractor.feature_extractor = torch.nn.Sequential(*list(net.children())[:-1])
    extractor.classifier = net.fc
    torch.save({"state_dict": extractor.state_dict()}, "children.ckpt")
    whole("Lightning", "`Sequential(*children)` and a classifier", "lightning", "children.ckpt", net.state_dict())


def transformers_files():
    from transformers import ResNetConfig, ResNetForImageClassification

    shapes = {"resnet18": ("basic", [64, 128, 256, 512], [2, 2, 2, 2]), "resnet50": ("bottleneck", [256, 512, 1024, 2048], [3, 4, 6, 3])}
    for name, (layer, sizes, depths) in shapes.items():
        config = ResNetConfig(layer_type=layer, hidden_sizes=sizes, depths=depths, num_labels=CLASSES)
        model = ResNetForImageClassification(config).eval()
        torch.manual_seed(4)
        for tensor in model.state_dict().values():
            if tensor.is_floating_point() and tensor.dim() == 1:
                tensor.copy_(torch.rand(tensor.shape) + 0.5)
        model.save_pretrained("hf")
        code, text = run("import", "hf/model.safetensors", "--output", "out.safetensors")
        assert code == 0, text
        ours = getattr(torchvision.models, name)(num_classes=CLASSES).eval()
        ours.load_state_dict(load_file("out.safetensors"))
        pictures = torch.randn(2, 3, 64, 64)
        with torch.no_grad():
            a, b = model(pictures).logits, ours(pictures)
        assert torch.allclose(a, b, rtol=1e-4, atol=1e-5), (a - b).abs().max()
        row("transformers", f"ResNetForImageClassification, as {name}", "transformers", "taken", "torchvision's logits equal to 1e-4")


def fastai_files():
    from fastai.vision.learner import create_vision_model

    model = create_vision_model(torchvision.models.resnet18, CLASSES, pretrained=False)
    names = {"0": "conv1", "1": "bn1", "4": "layer1", "5": "layer2", "6": "layer3", "7": "layer4"}
    expected = {}
    for name, tensor in model[0].state_dict().items():
        first, rest = name.split(".", 1)
        expected[f"{names[first]}.{rest}"] = tensor
    torch.save({"model": model.state_dict(), "opt": {}}, "learner.pth")
    body("fastai", "Learner.save of a vision_learner", "fastai", "learner.pth", expected)


def openclip_files():
    import open_clip

    torch.save(open_clip.create_model("RN50").state_dict(), "clip.pth")
    refused("OpenCLIP", "RN50", "open_clip_torch", "clip.pth", "pooling by attention")


def lightly_files():
    import copy
    from lightly.models import modules

    net = drawn(1)
    expected = body_of(net.state_dict())

    class Holder(torch.nn.Module):
        def __init__(self, **parts):
            super().__init__()
            for name, part in parts.items():
                setattr(self, name, part)

    def backbone(seed):
        return torch.nn.Sequential(*list(drawn(seed).children())[:-1])

    heads = {
        "MoCo": dict(
            backbone=backbone(1), projection_head=modules.MoCoProjectionHead(512, 512, 64), backbone_momentum=backbone(2),
            projection_head_momentum=modules.MoCoProjectionHead(512, 512, 64)),
        "SimSiam": dict(
            backbone=backbone(1), projection_head=modules.SimSiamProjectionHead(512, 512, 64),
            prediction_head=modules.SimSiamPredictionHead(64, 16, 64)),
        "SwAV": dict(
            backbone=backbone(1), projection_head=modules.SwaVProjectionHead(512, 512, 64),
            prototypes=modules.SwaVPrototypes(64, n_prototypes=30)),
        "DINO": dict(
            student_backbone=backbone(2), student_head=modules.DINOProjectionHead(512, 512, 64, 128),
            teacher_backbone=backbone(1), teacher_head=modules.DINOProjectionHead(512, 512, 64, 128)),
    }
    for name, parts in heads.items():
        torch.save({"state_dict": Holder(**parts).state_dict()}, "lightly.ckpt")
        body("lightly", name, "lightly", "lightly.ckpt", expected)


def layouts():
    """Names written down from a repository."""
    net, other = drawn(1), drawn(2)
    state = net.state_dict()
    own, twin = body_of(state), body_of(other.state_dict())

    def under(prefix, tensors):
        return {prefix + name: tensor for name, tensor in tensors.items()}

    def linear(*names):
        return {name: torch.randn(8, 8) for name in names}

    torch.save({"epoch": 9, "arch": "resnet18", "state_dict": {
        **under("module.encoder_q.", own), **linear("module.encoder_q.fc.0.weight", "module.encoder_q.fc.2.weight"),
        **under("module.encoder_k.", twin), **linear("module.encoder_k.fc.0.weight", "module.queue"),
    }}, "moco.pth.tar")
    body("MoCo v2", "encoder_q, encoder_k, queue", "4397a04", "moco.pth.tar", own, "facebookresearch/moco, moco/builder.py")
    torch.save({"state_dict": {
        **under("module.base_encoder.", own), **linear("module.base_encoder.fc.0.weight", "module.base_encoder.fc.3.weight"),
        **under("module.momentum_encoder.", twin), **linear("module.predictor.0.weight", "module.predictor.3.weight"),
    }}, "moco3.pth.tar")
    body("MoCo v3", "base_encoder, momentum_encoder", "c349e6e", "moco3.pth.tar", own, "facebookresearch/moco-v3, moco/builder.py")
    torch.save({"state_dict": {
        **under("module.encoder.", own), **linear(*(f"module.encoder.fc.{k}.weight" for k in (0, 3, 6))),
        **linear("module.predictor.0.weight", "module.predictor.3.weight"),
    }}, "simsiam.pth.tar")
    body("SimSiam", "encoder, predictor", "a7bc177", "simsiam.pth.tar", own, "facebookresearch/simsiam, simsiam/builder.py")
    torch.save({"state_dict": {
        **under("module.", own), **linear("module.projection_head.0.weight", "module.projection_head.3.weight", "module.prototypes.weight"),
    }}, "swav.pth.tar")
    body("SwAV", "projection_head, prototypes", "06b1b7c", "swav.pth.tar", own, "facebookresearch/swav, src/resnet50.py")
    torch.save({
        "student": {**under("module.backbone.", twin), **linear("module.head.mlp.0.weight", "module.head.last_layer.weight_v")},
        "teacher": {**under("backbone.", own), **linear("head.mlp.0.weight", "head.mlp.2.weight", "head.last_layer.weight_v")},
        "dino_loss": {"center": torch.zeros(1, 8)},
    }, "dino.pth")
    body("DINO", "student, teacher (taken)", "7c446df", "dino.pth", own, "facebookresearch/dino, main_dino.py")
    head = {"head.fc.weight": state["fc.weight"], "head.fc.bias": state["fc.bias"]}
    averages = {"ema_" + name.replace(".", "_"): tensor + 1 for name, tensor in {**under("backbone.", own), **head}.items()}
    torch.save({"meta": {}, "state_dict": {**under("backbone.", own), **head}}, "mm.pth")
    whole("mmpretrain", "ImageClassifier, LinearClsHead", "9fe593e", "mm.pth", state, how="tensors equal; layout only: open-mmlab/mmpretrain, models/heads/linear_head.py")
    torch.save({"meta": {}, "state_dict": {**under("backbone.", own), **head, **averages}}, "mmema.pth")
    whole("mmcv", "EMAHook in one dictionary", "0928330", "mmema.pth", state, how="tensors equal; layout only: open-mmlab/mmcv, runner/hooks/ema.py")
    torch.save({"model": state, "model_ema": other.state_dict(), "epoch": 3}, "swin.pth")
    whole("DeiT, Swin", "`model`, `model_ema`", "—", "swin.pth", state, how="tensors equal; layout only")
    whole("DeiT, Swin", "`--weights-key model_ema`", "—", "swin.pth", other.state_dict(), "--weights-key", "model_ema", how="tensors equal; layout only")


def table():
    lines = ["| tool | version or commit | file | what is taken | how it was tested |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| {' | '.join(cells)} |" for cells in rows]
    page = ROOT / "docs/compatibility.md"
    before, after = page.read_text().split("<!-- table -->\n", 1)
    page.write_text(before + "<!-- table -->\n" + "\n".join(lines) + "\n<!-- end -->\n" + after.split("<!-- end -->\n", 1)[1])


def exported():
    """What PyTorch reads of exports of a run of a minute."""
    pathlib.Path("tiny.yaml").write_text(
        "data: { name: glyphs, classes: 3, images-per-class: 24, test-images-per-class: 8, imbalance: 3 }\n"
        "network: { name: resnet20, classifier: linear }\nprecision: float32\n"
        "stages: [pre-train: { epochs: 1, batch-size: 16, rate: { base: 0.05, schedule: cosine, warmup: 0 } }]\n")
    code, text = run("train", "tiny.yaml", "--run", "run", "--quiet", "--threads", "1")
    assert code == 0, text
    for name in ("model.safetensors", "model.pth", "model.pt"):
        code, text = run("export", "run", "--output", name)
        assert code == 0, text
    expected = load_file("model.safetensors")
    for name in ("model.pth", "model.pt"):
        for options in ({}, {"mmap": True}):
            state = torch.load(name, weights_only=True, **options)
            assert list(state) and sorted(state) == sorted(expected)
            assert all(torch.equal(state[key], tensor) and state[key].dtype == tensor.dtype for key, tensor in expected.items())
    print(f"`torch.load(weights_only=True)` gives the {len(expected)} tensors of the safetensors export, mapped or not: "
          f"names, types and values equal (torch {torch.__version__.split('+')[0]}).")


if __name__ == "__main__":
    if "--export" in sys.argv:
        exported()
        sys.exit()
    parts = (torch_files, timm_files, lightning_files, transformers_files, fastai_files, openclip_files, lightly_files, layouts)
    chosen = [part for part in parts if part.__name__ in sys.argv[3:]]
    for part in chosen or parts:
        part()
    if not chosen:
        table()
