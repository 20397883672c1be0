"""A vision transformer of ViT-S size with random weights and its INT8 version, for measuring memory: vit_fp32.onnx, vit_int8.onnx.

Needs onnx. `python tests/golden/make_vit.py FOLDER` writes 100 and 26 MB.

12 blocks of 384 channels, 6 heads, patches of 14 pixels, a convolution as head: 25 million parameters at 252x252, as the encoder of
Depth Anything S. Every product's inputs and weights are quantized, with scales that fit weights and activations of this size.
"""

import pathlib
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

SIDE, PATCH, WIDTH, HEADS, BLOCKS = 252, 14, 384, 6, 12
GRID = SIDE // PATCH
TOKENS = GRID * GRID
RNG = np.random.default_rng(1)


class Builder:
    def __init__(self, is_int8):
        self.is_int8, self.nodes, self.constants, self.count, self.rounded = is_int8, [], [], 0, set()

    def constant(self, name, values):
        self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def node(self, operator, inputs, **attributes):
        self.count += 1
        name = f"{operator}_{self.count}"
        self.nodes.append(helper.make_node(operator, inputs, [f"{name}_out"], name=name, **attributes))
        return f"{name}_out"

    def quantized(self, value, scale):
        """Rounds an activation to 8 bits."""
        rounded = f"{value}_DequantizeLinear_Output"
        if not self.is_int8:
            return value
        if rounded in self.rounded:
            return rounded
        self.rounded.add(rounded)
        s, z = self.constant(f"{value}_scale", np.float32(scale)), self.constant(f"{value}_zero_point", np.uint8(128))
        for operator, output in [("QuantizeLinear", f"{value}_QuantizeLinear_Output"), ("DequantizeLinear", rounded)]:
            source = value if operator == "QuantizeLinear" else f"{value}_QuantizeLinear_Output"
            self.nodes.append(helper.make_node(operator, [source, s, z], [output], name=f"{value}_{operator}"))
        return rounded

    def weight(self, name, shape):
        values = (RNG.standard_normal(shape) / np.sqrt(np.prod(shape) / shape[-1])).astype(np.float32)
        if not self.is_int8:
            return self.constant(name, values)
        scale = np.float32(np.abs(values).max() / 127)
        codes = np.clip(np.rint(values / scale), -127, 127).astype(np.int8)
        inputs = [self.constant(f"{name}_quantized", codes), self.constant(f"{name}_scale", scale), self.constant(f"{name}_zero_point", np.int8(0))]
        self.nodes.append(helper.make_node("DequantizeLinear", inputs, [f"{name}_DequantizeLinear_Output"], name=f"{name}_DequantizeLinear"))
        return f"{name}_DequantizeLinear_Output"

    def linear(self, x, name, inputs, outputs):
        return self.node("MatMul", [self.quantized(x, 0.05), self.weight(name, (inputs, outputs))])

    def norm(self, x, name):
        scale, bias = self.constant(f"{name}_s", np.ones(WIDTH, np.float32)), self.constant(f"{name}_b", np.zeros(WIDTH, np.float32))
        return self.node("LayerNormalization", [x, scale, bias], axis=-1)

    def heads(self, x, order):
        shape = self.constant(f"{x}_shape", np.array([1, TOKENS, HEADS, WIDTH // HEADS], np.int64))
        return self.node("Transpose", [self.node("Reshape", [x, shape])], perm=order)

    def block(self, x, i):
        y = self.norm(x, f"n{i}a")
        q, k, v = (self.linear(y, f"w{i}{n}", WIDTH, WIDTH) for n in "qkv")
        q, k, v = self.heads(q, [0, 2, 1, 3]), self.heads(k, [0, 2, 3, 1]), self.heads(v, [0, 2, 1, 3])
        scores = self.node("Mul", [self.node("MatMul", [q, k]), self.constant(f"c{i}", np.float32(WIDTH / HEADS) ** -0.5)])
        mixed = self.node("MatMul", [self.quantized(self.node("Softmax", [scores], axis=-1), 1 / 255), v])
        shape = self.constant(f"f{i}", np.array([1, TOKENS, WIDTH], np.int64))
        mixed = self.node("Reshape", [self.node("Transpose", [mixed], perm=[0, 2, 1, 3]), shape])
        x = self.node("Add", [x, self.linear(mixed, f"w{i}o", WIDTH, WIDTH)])
        y = self.linear(self.norm(x, f"n{i}b"), f"w{i}u", WIDTH, 4 * WIDTH)
        half = self.node("Mul", [y, self.node("Sigmoid", [y])])
        return self.node("Add", [x, self.linear(half, f"w{i}d", 4 * WIDTH, WIDTH)])

    def model(self):
        x = self.node("Conv", [self.quantized("image", 0.02), self.weight("patch", (WIDTH, 3, PATCH, PATCH))], strides=[PATCH] * 2)
        flat = self.constant("flat", np.array([1, WIDTH, TOKENS], np.int64))
        x = self.node("Transpose", [self.node("Reshape", [x, flat])], perm=[0, 2, 1])
        for i in range(BLOCKS):
            x = self.block(x, i)
        plane = self.constant("plane", np.array([1, WIDTH, GRID, GRID], np.int64))
        x = self.node("Reshape", [self.node("Transpose", [self.norm(x, "last")], perm=[0, 2, 1]), plane])
        x = self.node("Conv", [self.quantized(x, 0.05), self.weight("mix", (WIDTH, WIDTH, 3, 3))], pads=[1] * 4)
        x = self.node("Conv", [self.quantized(x, 0.05), self.weight("wide", (WIDTH, WIDTH, 3, 3))], pads=[1] * 4)
        sizes = self.constant("sizes", np.array([1, WIDTH // 6, SIDE, SIDE], np.int64))
        x = self.node("Conv", [x, self.weight("narrow", (WIDTH // 6, WIDTH, 1, 1))])
        x = self.node("Resize", [x, "", "", sizes], mode="linear")
        x = self.node("Conv", [self.quantized(x, 0.05), self.weight("head", (1, WIDTH // 6, 3, 3))], pads=[1] * 4)
        self.nodes.append(helper.make_node("Identity", [x], ["depth"], name="out"))
        info = lambda name, channels: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, SIDE, SIDE])
        graph = helper.make_graph(self.nodes, "vit", [info("image", 3)], [info("depth", 1)], self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


folder = pathlib.Path(sys.argv[1])
for name, is_int8 in [("vit_fp32.onnx", False), ("vit_int8.onnx", True)]:
    RNG = np.random.default_rng(1)
    save(Builder(is_int8).model(), folder / name)
