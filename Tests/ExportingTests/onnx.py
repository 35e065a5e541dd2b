"""Shows an ONNX file to ONNX's checker and to ONNX Runtime; what they say goes to standard output as JSON.

    python onnx.py FOLDER '[[1, 3, 32, 32], [3, 3, 32, 32]]'

FOLDER holds model.onnx and input-0.f32, input-1.f32 …: float32 in row-major order, of the given shapes.
"""

import collections
import json
import sys

sys.path.pop(0)  # this file's own folder, or it would be imported in the place of onnx

import numpy
import onnx
import onnxruntime

folder, shapes = sys.argv[1], json.loads(sys.argv[2])
path = f"{folder}/model.onnx"
onnx.checker.check_model(path, full_check=True)
model = onnx.load(path)

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.log_severity_level = 3
session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
names = [output.name for output in session.get_outputs()]
answers = []
for number, shape in enumerate(shapes):
    images = numpy.fromfile(f"{folder}/input-{number}.f32", numpy.float32).reshape(shape)
    found = session.run(names, {session.get_inputs()[0].name: images})
    answers.append(
        {name: {"shape": list(array.shape), "values": array.astype(float).ravel().tolist()}
         for name, array in zip(names, found)})

json.dump(
    {
        "input": {"name": session.get_inputs()[0].name, "shape": [str(d) for d in session.get_inputs()[0].shape]},
        "outputs": answers,
        "operators": collections.Counter(node.op_type for node in model.graph.node),
        "weights": [tensor.name for tensor in model.graph.initializer],
        "opset": model.opset_import[0].version,
        "metadata": {entry.key: entry.value for entry in model.metadata_props},
    },
    sys.stdout)
