"""Small ONNX models with inputs and outputs: operators.json, and seeds of the fuzzer.

Needs onnx and onnxruntime, which the tests do not:

    pip install onnx==1.23.2 onnxruntime==1.32.0
    python tests/golden/make_networks.py

Expected outputs are those of ONNX's conformance cases (onnx.backend.test), whose reference is numpy, and of ONNX Runtime with graph
optimisation off for the small networks. Parameters of quantizers are constants, as in files of networks. Codes in outputs are dequantized.
"""

import base64
import json
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.backend.test.case.node import collect_testcases

HERE = pathlib.Path(__file__).parent
SEEDS = HERE / "../../fuzz/seeds/onnx"

# Prefixes of names of conformance cases.
WANTED = """
averagepool basic_conv batchnorm_epsilon celu clip concat conv_with convtranspose depthtospace dequantizelinear dynamicquantizelinear
elu erf gelu gemm globalaveragepool group_normalization hardsigmoid hardswish instancenorm layer_normalization_4d layer_normalization_default
leakyrelu matmul maxpool mish prelu qlinearconv qlinearmatmul quantizelinear reflect_pad resize selu sigmoid softmax softplus spacetodepth
split swish tanh thresholdedrelu upsample
""".split()

# What neither the runtime nor the rewriting has, and is refused with a sentence: crops, dilated pools, volumes, training, empty tensors.
# ONNX Runtime takes whole lengths at aligned corners, ONNX's reference fractions; the sum of a last window on the border differs too.
REFUSED = """
tf_crop_and_resize dilations with_argmax nearest_2d_crop convtranspose_3d training_mode zero_size
downsample_scales_linear_align_corners downsample_scales_cubic_align_corners last_window_starts_on_pad
""".split()

LARGEST = 4096
PARAMETERS = {
    "QuantizeLinear": range(1, 3),
    "DequantizeLinear": range(0, 3),
    "QLinearConv": range(1, 9),
    "QLinearMatMul": range(1, 8),
    "Resize": range(1, 4),
    "Upsample": range(1, 2),
    "Conv": range(1, 3),
    "ConvTranspose": range(1, 3),
}


def encoded(model):
    return base64.b64encode(model.SerializeToString()).decode()


def floats(array):
    return {"shape": list(array.shape), "values": [float(f"{v:.8g}") for v in np.asarray(array, np.float32).ravel()]}


def case(test):
    """A conformance case with constant parameters; None if it is not of use."""
    model = onnx.ModelProto()
    model.CopyFrom(test.model)
    graph = model.graph
    if len(graph.node) != 1 or not test.data_sets:
        return None
    node = graph.node[0]
    inputs, outputs = test.data_sets[0]
    constant = PARAMETERS.get(node.op_type, range(0))
    names = [i.name for i in graph.input]
    kept, values = [], []
    for name, value in zip(names, inputs):
        array = value if isinstance(value, np.ndarray) else numpy_helper.to_array(value) if isinstance(value, TensorProto) else np.asarray(value)
        slots = [i for i, n in enumerate(node.input) if n == name]
        if all(s in constant for s in slots) or array.dtype.kind in "iub":
            tensor = value if isinstance(value, TensorProto) else numpy_helper.from_array(array, name)
            tensor.name = name
            kind = next(i for i in graph.input if i.name == name).type.tensor_type.elem_type
            if tensor.data_type != kind:
                return None
            graph.initializer.append(tensor)
        else:
            if array.dtype not in (np.float32, np.float16):
                return None
            kept.append(name)
            values.append(array.astype(np.float32))
    for info in list(graph.input):
        if info.name not in kept:
            graph.input.remove(info)
    if node.op_type == "QuantizeLinear" and len(node.input) < 3 and "output_dtype" in {a.name for a in node.attribute}:
        return None
    expected = outputs[0] if isinstance(outputs[0], np.ndarray) else None
    kind = graph.output[0].type.tensor_type.elem_type
    if kind != TensorProto.FLOAT:
        # Codes become fractions, in the model and here.
        scale, zero = {"QuantizeLinear": (1, 2), "QLinearConv": (6, 7), "QLinearMatMul": (6, 7)}.get(node.op_type, (None, None))
        if scale is None or expected is None:
            return None
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute if a.name in ("axis", "block_size")}
        codes = graph.output[0].name
        inputs = [codes, node.input[scale]] + ([node.input[zero]] if len(node.input) > zero else [])
        graph.node.append(helper.make_node("DequantizeLinear", inputs, ["dequantized"], **attributes))
        found = {i.name: i for i in graph.initializer}
        array = lambda i: numpy_helper.to_array(found[node.input[i]]).astype(np.float32)
        s, z = array(scale), array(zero) if len(node.input) > zero else np.float32(0)
        x = np.asarray(expected, np.float32)
        if attributes.get("block_size") or s.size > 1:
            axis = attributes.get("axis", 1)
            if attributes.get("block_size"):
                repeat = lambda a: np.repeat(a, attributes["block_size"], axis)[tuple(slice(0, n) for n in x.shape)] if a.ndim else a
            else:
                shape = [1] * x.ndim
                shape[axis] = -1
                repeat = lambda a: a.reshape(shape) if a.size > 1 else a
            s, z = repeat(s), repeat(z)
        expected = (x - z) * s
        del graph.output[:]
        graph.output.append(helper.make_tensor_value_info("dequantized", TensorProto.FLOAT, None))
    else:
        del graph.output[1:]
    if expected is None or expected.size > LARGEST or any(v.size > LARGEST for v in values):
        return None
    return {
        "name": test.name.removeprefix("test_"),
        "model": encoded(model),
        "inputs": {n: floats(v) for n, v in zip(kept, values)},
        "output": floats(expected),
    }


def conformance():
    out = []
    for test in collect_testcases(None):
        name = test.name.removeprefix("test_")
        if not any(name.startswith(w) for w in WANTED) or any(r in name for r in REFUSED) or "expanded" in name:
            continue
        found = case(test)
        if found and len(json.dumps(found)) < 24_000:
            out.append(found)
    return out


def networks():
    """Small networks in each format, run with ONNX Runtime."""
    rng = np.random.default_rng(1)
    array = lambda name, values, dtype=np.float32: numpy_helper.from_array(np.asarray(values, dtype), name)
    w = rng.normal(size=(4, 2, 3, 3))
    s = np.abs(w).max(axis=(1, 2, 3)) / 127
    codes = np.rint(w / s[:, None, None, None])
    x = rng.normal(size=(1, 2, 6, 7)).astype(np.float32)
    image = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 2, 6, 7])
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", "c", "h", "w"])
    scales = [array("sx", 0.03), array("zx", 120, np.uint8), array("sw", s), array("zw", [0] * 4, np.int8), array("sy", 0.05), array("zy", 10, np.uint8)]
    bias = array("b", [100, -200, 300, 0], np.int32)
    pads = {"pads": [1, 1, 1, 1]}

    def model(nodes, initializers, opset=17, **more):
        graph = helper.make_graph(nodes, "g", [image], [result], initializers)
        imports = [helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1)] + more.pop("imports", [])
        return helper.make_model(graph, opset_imports=imports, ir_version=10, **more)

    node = helper.make_node
    out = {}
    out["qdq"] = model(
        [
            node("QuantizeLinear", ["x", "sx", "zx"], ["xq"]),
            node("DequantizeLinear", ["xq", "sx", "zx"], ["xd"]),
            node("DequantizeLinear", ["w", "sw", "zw"], ["wd"], axis=0),
            node("Conv", ["xd", "wd"], ["c"], **pads),
            node("QuantizeLinear", ["c", "sy", "zy"], ["cq"]),
            node("DequantizeLinear", ["cq", "sy", "zy"], ["y"]),
        ],
        [*scales, array("w", codes, np.int8)],
    )
    out["qoperator"] = model(
        [
            node("QuantizeLinear", ["x", "sx", "zx"], ["xq"]),
            node("QLinearConv", ["xq", "sx", "zx", "w", "sw", "zw", "sy", "zy", "b"], ["c"], **pads),
            node("QLinearAdd", ["c", "sy", "zy", "c", "sy", "zy", "sx", "zx"], ["a"], domain="com.microsoft"),
            node("QLinearSigmoid", ["a", "sx", "zx", "s1", "z0"], ["g"], domain="com.microsoft"),
            node("QLinearMul", ["g", "s1", "z0", "a", "sx", "zx", "sy", "zy"], ["m"], domain="com.microsoft"),
            node("QLinearConcat", ["sy", "zy", "m", "sy", "zy", "a", "sx", "zx"], ["k"], domain="com.microsoft", axis=1),
            node("QLinearLeakyRelu", ["k", "sy", "zy", "sy", "zy"], ["l"], domain="com.microsoft", alpha=0.1),
            node("QLinearGlobalAveragePool", ["l", "sy", "zy", "sx", "zx"], ["p"], domain="com.microsoft", channels_last=0),
            node("DequantizeLinear", ["p", "sx", "zx"], ["y"]),
        ],
        [*scales, array("w", codes, np.int8), bias, array("s1", 1 / 256), array("z0", 0, np.uint8)],
    )
    out["dynamic"] = model(
        [
            node("DynamicQuantizeLinear", ["x"], ["xq", "s", "z"]),
            node("ConvInteger", ["xq", "w", "z"], ["c"], **pads),
            node("Cast", ["c"], ["f"], to=1),
            node("Mul", ["s", "sv"], ["sc"]),
            node("Mul", ["f", "sc"], ["y"]),
        ],
        [array("w", codes, np.int8), array("sv", 0.01)],
    )
    out["microsoft_int16"] = model(
        [
            node("QuantizeLinear", ["x", "sx", "z"], ["xq"], domain="com.microsoft"),
            node("DequantizeLinear", ["xq", "sx", "z"], ["xd"], domain="com.microsoft"),
            node("Relu", ["xd"], ["y"]),
        ],
        [array("sx", 1e-4), array("z", 7, np.int16)],
    )
    out["weights_behind_quantizers"] = model(
        [
            node("QuantizeLinear", ["w", "sw", "zw"], ["wq"], axis=0),
            node("DequantizeLinear", ["wq", "sw", "zw"], ["wd"], axis=0),
            node("Conv", ["x", "wd"], ["y"]),
        ],
        [array("w", w), *scales[2:4]],
    )
    function = helper.make_function(
        "local", "Silu", ["a"], ["b"], [node("Sigmoid", ["a"], ["t"]), node("Mul", ["a", "t"], ["b"])], [helper.make_opsetid("", 17)]
    )
    out["local_function"] = model(
        [node("Silu", ["x"], ["y"], domain="local")], [], functions=[function], imports=[helper.make_opsetid("local", 1)]
    )
    out["cubic_of_the_image"] = model([node("Resize", ["x", "", "", "n"], ["y"], mode="cubic")], [array("n", [1, 2, 9, 5], np.int64)])
    cases = []
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.add_session_config_entry("session.x64quantprecision", "1")
    for name, made in out.items():
        session = onnxruntime.InferenceSession(made.SerializeToString(), options, providers=["CPUExecutionProvider"])
        (y,) = session.run(None, {"x": x})
        cases.append({"name": name, "model": encoded(made), "inputs": {"x": floats(x)}, "output": floats(y)})
        (SEEDS / f"{name}.onnx").write_bytes(made.SerializeToString())
    return cases


SEEDS.mkdir(parents=True, exist_ok=True)
found = networks() + conformance()
text = "[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in found) + "\n]\n"
(HERE / "operators.json").write_text(text)
print(len(found), "cases,", len(text), "bytes")
