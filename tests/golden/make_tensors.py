"""Every tensor of the FP32 networks beside the checkout, run with ONNX Runtime without optimisation: tensors.json.

Needs onnx, onnxruntime, numpy and pillow. `python tests/golden/make_tensors.py ../shared/data` writes for each network the largest size,
the mean and the root mean square of each tensor of fractions that depends on the image, for one image.
"""

import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from PIL import Image

DATA = pathlib.Path(sys.argv[1])
HERE = pathlib.Path(__file__).parent
NETWORKS = {
    "networks/fastdepth_fp32": ((128, 160), "unit"),
    "networks/monodepth2_fp32": ((128, 160), "unit"),
    "networks/depthanything_fp32": ((126, 168), "imagenet"),
    "networks/litemono_s_fp32": ((96, 128), "unit"),
    "networks/odd_a_fp32": ((112, 144), "byte"),
    "model/depthnet_fp32": ((144, 176), "imagenet"),
}
IMAGE = "frame_000624.png"


def frame(size, kind):
    pixels = np.asarray(Image.open(DATA / "model/images" / IMAGE).convert("RGB"), np.float32)
    y, x = (pixels.shape[0] - size[0]) // 2, (pixels.shape[1] - size[1]) // 2
    planes = pixels[y : y + size[0], x : x + size[1]].transpose(2, 0, 1)[None]
    if kind != "byte":
        planes = planes / np.float32(255)
    if kind == "imagenet":
        column = lambda v: np.array(v, np.float32).reshape(3, 1, 1)
        planes = (planes - column([0.485, 0.456, 0.406])) / column([0.229, 0.224, 0.225])
    return np.ascontiguousarray(planes, np.float32)


found = {}
for name, (size, kind) in NETWORKS.items():
    model = onnx.load(DATA / f"{name}.onnx")
    del model.graph.output[1:]
    present = {o.name for o in model.graph.output}
    for node in model.graph.node:
        model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(o) for o in node.output if o and o not in present)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    inputs = {"image": frame(size, kind)}
    if any(i.name == "camera" for i in session.get_inputs()):
        inputs["camera"] = np.array([[0.9, 1.1, 0.5, 0.5]], np.float32)
    tensors = {}
    for info, value in zip(session.get_outputs(), session.run(None, inputs)):
        if value.dtype == np.float32 and value.size > 64:
            wide = value.astype(np.float64)
            tensors[info.name] = [float(f"{v:.9g}") for v in (np.abs(wide).max(), wide.mean(), np.sqrt((wide**2).mean()))]
    found[name] = tensors
(HERE / "tensors.json").write_text(json.dumps(found, separators=(",", ":")) + "\n")
print({k: len(v) for k, v in found.items()})
