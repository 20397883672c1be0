"""The example network of the page, as two ONNX files: public/fathom-network-example-fp32.onnx and -int8.onnx.

    python tests/golden/make_example_network.py

A chain of convolutions reads depth from the haze of a made room (crates/engine/src/example_set.rs makes the same images). Its last layer is
fitted to ground truth; the others are drawn at random. One channel of `mid` is scaled up, and the layer behind it scales it down again: the
floating-point depth stays, while one scale for the whole tensor rounds all other channels coarsely. So `mid` costs the most, and cross-layer
equalisation mends it.
"""

import pathlib
import struct

import numpy as np

HERE = pathlib.Path(__file__).parent
PUBLIC = HERE / "../../public"
WIDTH, HEIGHT, FRAMES = 96, 72, 16
# Frames of the example; the last layer is fitted to the others.
SHOWN = range(0, FRAMES, 3)
CHANNELS = 12
LAYERS = ["stem", "down", "mid", "up", "head"]
# The channel of `mid` that is scaled, and by how much.
CHANNEL, SCALE = 5, 8.0


class Noise:
    """Lehmer's generator with the multiplier of Park and Miller."""

    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = self.state * 48271 % 2147483647
        return self.state / 2147483647.0

    def next(self):
        return self.uniform() - self.uniform()


def room(frame):
    """Depths in metres, as example_set.rs has them."""
    at = frame / FRAMES
    wall = 6.6 + 1.9 * at
    across = np.tile(np.arange(WIDTH) / WIDTH, (HEIGHT, 1))
    down = np.repeat(np.arange(HEIGHT) / HEIGHT, WIDTH).reshape(HEIGHT, WIDTH)
    floor = np.where(down > 0.45, 0.8 / np.where(down > 0.45, down - 0.4, 1.0), wall)
    depth = np.minimum(floor, wall * (1.0 - 0.25 * across))
    box = (np.abs(across - 0.3 - 0.4 * at) < 0.12) & (down >= 0.4) & (down < 0.8)
    return np.where(box, 2.6 - 1.2 * at, depth)


def image(frame):
    """Three channels of haze: near things are bright. Each pixel has noise of its own."""
    noise = Noise(frame + 1)
    depth = room(frame)
    out = np.empty((3, HEIGHT, WIDTH))
    for channel, reach in enumerate([3.0, 6.0, 12.0]):
        grain = np.array([noise.next() for _ in range(depth.size)]).reshape(depth.shape)
        out[channel] = np.exp(-depth / reach) + 0.01 * grain
    return out.astype(np.float32)


def windows(x):
    """The 3 x 3 windows of an image, zero outside, as rows of channels x 9."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    parts = [padded[:, dy : dy + HEIGHT, dx : dx + WIDTH] for dy in range(3) for dx in range(3)]
    return np.stack(parts, axis=1).reshape(x.shape[0] * 9, -1)


def convolved(x, weight, bias):
    rows = weight.reshape(weight.shape[0], -1) @ windows(x)
    return (rows + bias[:, None]).reshape(-1, HEIGHT, WIDTH)


def features(x, layers):
    """The values behind each layer but the last."""
    out = []
    for weight, bias in layers:
        x = np.maximum(convolved(x, weight, bias), 0.0)
        out.append(x)
    return out


def made_layers():
    draw = np.random.default_rng(3)
    layers, width = [], 3
    for _ in LAYERS[:-1]:
        weight = draw.normal(0.0, np.sqrt(2.0 / (9 * width)), (CHANNELS, width, 3, 3))
        # The middle of the window counts most, which keeps edges.
        weight[:, :, 1, 1] += draw.normal(0.0, np.sqrt(1.0 / width), (CHANNELS, width))
        layers.append((weight, draw.uniform(-0.2, 0.4, CHANNELS)))
        width = CHANNELS
    rows, depths = [], []
    for frame in set(range(FRAMES)) - set(SHOWN):
        last = features(image(frame), layers)[-1]
        rows.append(np.vstack([windows(last), np.ones(HEIGHT * WIDTH)]))
        depths.append(room(frame).ravel())
    a, b = np.hstack(rows), np.concatenate(depths)
    fitted = np.linalg.solve(a @ a.T + 1e-3 * a.shape[1] * np.eye(len(a)), a @ b)
    layers.append((fitted[:-1].reshape(1, CHANNELS, 3, 3), fitted[-1:]))
    mid, up = LAYERS.index("mid"), LAYERS.index("up")
    layers[mid][0][CHANNEL] *= SCALE
    layers[mid][1][CHANNEL] *= SCALE
    layers[up][0][:, CHANNEL] /= SCALE
    return [(w.astype(np.float32), b.astype(np.float32)) for w, b in layers]


# ONNX as protocol buffers: tags are field * 8 + type, with type 0 for whole numbers and 2 for bytes.
FLOAT, UINT8, INT8, INTS = 1, 2, 3, 7


def varint(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value % 128 + 128]), value // 128
    return out + bytes([value])


def whole(field, value):
    return varint(field * 8) + varint(value)


def part(field, *parts):
    body = b"".join(p.encode() if isinstance(p, str) else p for p in parts)
    return varint(field * 8 + 2) + varint(len(body)) + body


def tensor(name, kind, dims, data):
    return part(5, *[whole(1, d) for d in dims], whole(2, kind), part(8, name), part(9, data))


def floats(name, values):
    values = np.asarray(values, np.float32)
    return tensor(name, FLOAT, values.shape, values.tobytes())


def node(name, operator, inputs, output, **attributes):
    listed = [
        part(5, part(1, key), *[whole(8, v) for v in values], whole(20, INTS))
        for key, values in attributes.items()
    ]
    return part(1, *[part(1, i) for i in inputs], part(2, output), part(3, name), part(4, operator), *listed)


def value(field, name, dims):
    shape = part(2, *[part(1, whole(1, d)) for d in dims])
    return part(field, part(1, name), part(2, part(1, whole(1, FLOAT), shape)))


def model(nodes, tensors):
    image, depth = value(11, "image", [1, 3, HEIGHT, WIDTH]), value(12, "depth", [1, 1, HEIGHT, WIDTH])
    graph = part(7, *nodes, part(2, "example"), *tensors, image, depth)
    return whole(1, 8) + graph + part(8, part(1, ""), whole(2, 17))


def main():
    layers = made_layers()
    frames = [image(frame) for frame in range(FRAMES)]
    seen = [(min(f.min() for f in frames), max(f.max() for f in frames))]
    runs = [features(frame, layers[:-1]) for frame in frames]
    for at in range(len(LAYERS) - 1):
        seen.append((0.0, max(run[at].max() for run in runs)))
    outputs = [convolved(run[-1], *layers[-1]) for run in runs]
    errors = [outputs[frame] - room(frame) for frame in SHOWN]
    print(f"FP32 RMSE on the shown frames: {np.sqrt(np.mean(np.square(errors))):.3f} m")
    seen.append((0.0, max(output.max() for output in outputs)))
    plain, coded, tensors, more = [], [], [], []

    def quantize(source, scale, zero, kind, target):
        more.append(floats(f"{target}_scale", scale))
        more.append(tensor(f"{target}_zero", kind, [], struct.pack("B", zero)))
        rest = [f"{target}_scale", f"{target}_zero"]
        coded.append(node(f"{target}_q", "QuantizeLinear", [source, *rest], f"{target}_code"))
        coded.append(node(f"{target}_dq", "DequantizeLinear", [f"{target}_code", *rest], target))

    def activation(name, ends, target):
        low, high = min(ends[0], 0.0), ends[1]
        scale = (high - low) / 255
        quantize(name, scale, round(-low / scale), UINT8, target)

    activation("image", seen[0], "image_r")
    source, rounded = "image", "image_r"
    how = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "strides": [1, 1]}
    for at, name in enumerate(LAYERS):
        weight, bias = layers[at]
        tensors += [floats(f"{name}.weight", weight), floats(f"{name}.bias", bias)]
        quantize(f"{name}.weight", np.abs(weight).max() / 127, 0, INT8, f"{name}.weight_r")
        is_last = name == LAYERS[-1]
        made = "depth" if is_last else f"{name}.conv"
        plain.append(node(name, "Conv", [source, f"{name}.weight", f"{name}.bias"], made, **how))
        target = "depth_f" if is_last else made
        coded.append(node(name, "Conv", [rounded, f"{name}.weight_r", f"{name}.bias"], target, **how))
        if is_last:
            activation("depth_f", seen[-1], "depth")
            break
        relu = node(f"{name}.relu", "Relu", [made], name)
        plain.append(relu)
        coded.append(relu)
        activation(name, seen[at + 1], f"{name}_r")
        source, rounded = name, f"{name}_r"
    for kind, nodes, stored in [("fp32", plain, tensors), ("int8", coded, tensors + more)]:
        data = model(nodes, stored)
        (PUBLIC / f"fathom-network-example-{kind}.onnx").write_bytes(data)
        print(kind, len(data), "bytes")


main()
