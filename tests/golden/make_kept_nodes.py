"""A small network quantized by ONNX Runtime with and without some of its nodes: kept_nodes.json.

Needs onnx and onnxruntime. `python tests/golden/make_kept_nodes.py` writes the models, in base64, and the RMS of the output's change for each
list of `nodes_to_exclude`. All files have the same ranges, because they are calibrated on the same frames.
"""

import base64
import json
import pathlib
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

SHAPE = (1, 3, 13, 9)
LISTS = [[], ["head"], ["stem", "stem_relu", "block1", "lr"], ["block1", "lr", "block2", "add"], ["stem", "stem_relu", "block1", "lr", "block2", "add", "head"]]
RNG = np.random.default_rng(5)


def weight(name, *shape):
    return numpy_helper.from_array((RNG.standard_normal(shape) / np.sqrt(max(np.prod(shape[1:]), 1))).astype(np.float32), name)


def node(operator, inputs, output, name, **attributes):
    return helper.make_node(operator, inputs, [output], name=name, **attributes)


def model():
    """Two outputs, a weight of two convolutions, a sum of both ends of a block, and a pool that has the range of what it pools."""
    nodes = [
        node("Conv", ["x", "w1", "b1"], "c1", "stem", pads=[1] * 4),
        node("Relu", ["c1"], "r1", "stem_relu"),
        node("Conv", ["r1", "ws"], "c2", "block1", pads=[1] * 4),
        node("LeakyRelu", ["c2"], "l2", "lr", alpha=0.1),
        node("Conv", ["l2", "ws", "b3"], "c3", "block2", pads=[1] * 4),
        node("Add", ["c3", "r1"], "a", "add"),
        node("Relu", ["a"], "ar", "add_relu"),
        node("MaxPool", ["ar"], "mp", "pool", kernel_shape=[3] * 2, pads=[1] * 4),
        node("Conv", ["mp", "wd", "bd"], "depth", "head"),
        node("Conv", ["mp", "wc"], "cc", "conf"),
        node("Sigmoid", ["cc"], "confidence", "sig"),
    ]
    shapes = {"w1": (6, 3, 3, 3), "b1": (6,), "ws": (6, 6, 3, 3), "b3": (6,), "wd": (1, 6, 1, 1), "bd": (1,), "wc": (1, 6, 1, 1)}
    constants = [weight(name, *shape) for name, shape in shapes.items()]
    info = lambda name, channels: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, *SHAPE[2:]])
    graph = helper.make_graph(nodes, "kept", [info("x", 3)], [info("depth", 1), info("confidence", 1)], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def frame(seed):
    """The same numbers as the test makes."""
    at = np.arange(np.prod(SHAPE), dtype=np.int64)
    return (((at * 7919 + seed * 104729) % 2003) / 1001 - 1).astype(np.float32).reshape(SHAPE)


class Reader(CalibrationDataReader):
    def __init__(self, seeds):
        self.frames = iter({"x": frame(seed)} for seed in seeds)

    def get_next(self):
        return next(self.frames, None)


def outputs(path, seeds):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, options)
    return np.array([session.run(["depth"], {"x": frame(seed)})[0] for seed in seeds], dtype=np.float64)


def text(path):
    return base64.b64encode(pathlib.Path(path).read_bytes()).decode()


with tempfile.TemporaryDirectory() as folder:
    plain, int8 = f"{folder}/fp32.onnx", f"{folder}/int8.onnx"
    onnx.save(model(), plain)
    judged = [11, 12, 13]
    reference, cases, whole = outputs(plain, judged), [], None
    for nodes in LISTS:
        quantize_static(plain, int8, Reader([1, 2, 3]), quant_format=QuantFormat.QDQ, per_channel=True, activation_type=QuantType.QUInt8,
                        weight_type=QuantType.QInt8, nodes_to_exclude=nodes)
        whole = whole or text(int8)
        rms = float(np.sqrt(np.mean((outputs(int8, judged) - reference) ** 2)))
        cases.append({"nodes": nodes, "rms": rms})
    golden = {"onnxruntime": onnxruntime.__version__, "fp32": text(plain), "int8": whole, "frames": judged, "shape": SHAPE, "cases": cases}
    pathlib.Path(__file__).with_name("kept_nodes.json").write_text(json.dumps(golden, indent=1) + "\n")
