"""Loads a safetensors file into a network of torchvision and runs it: as docs/export.md says.

    python pytorch.py NETWORK FOLDER

FOLDER holds model.safetensors and input.safetensors with "images"; output.safetensors with "logits" is written beside.
"""

import sys

sys.path.pop(0)  # this file's own folder, whose onnx.py is not the package of that name

import torch
import torchvision
from safetensors.torch import load_file, save_file

name, folder = sys.argv[1:]
torch.set_num_threads(1)
state = load_file(f"{folder}/model.safetensors")
model = getattr(torchvision.models, name)(num_classes=len(state["fc.bias"]))
model.load_state_dict(state)
with torch.no_grad():
    logits = model.eval()(load_file(f"{folder}/input.safetensors")["images"])
save_file({"logits": logits}, f"{folder}/output.safetensors")
