#!/usr/bin/env python3
"""Writes the ranges that the tools' own code picks: tool_calibrators.json, read by crates/report/tests/native/tool_calibrators.rs.

Three shapes of samples: positive ones without zero, rectified ones of which 45 % are zero, and ones of both signs. The test has the same
formulas. `source` of a row names the package whose own code made it, or the published source after which numpy computes it here. Samples
and ranges are in single precision, as in the tools.

Run it once in this folder in an environment of tool-requirements.txt; the output is committed.
"""

import contextlib
import importlib
import importlib.metadata
import importlib.util
import io
import json
import pathlib
import sys
import tempfile
import types

import numpy as np
import onnx
import torch
from onnxruntime.quantization import calibrate
from torch.ao.quantization.observer import HistogramObserver

import make_calibrators

BITS = [4, 8]
PERCENTS = [99, 99.9, 99.99, 99.999]
COUNT = 20000


def shapes():
    t = (np.arange(COUNT) + 0.5) / COUNT
    u = 2 * t - 1
    yield "positive", 0.4 + 6 * ((t * t) * (t * t)) + 0.02 / (1.0005 - t)
    yield "rectified", np.maximum(t - 0.45, 0) * 3 / (1.002 - t)
    yield "signed", np.where(u > 0, 1.6 * u, u) / (1.02 - np.abs(u)) + 0.1


def version(package):
    return f"{package} {importlib.metadata.version(package)}"


# ONNX Runtime, by a model that does nothing.


class Reader(calibrate.CalibrationDataReader):
    def __init__(self, x):
        self.batches = iter([{"x": x[None, :]}])

    def get_next(self):
        return next(self.batches, None)


def onnx_range(x, method, **options):
    value = lambda name: onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, x.size])
    node = onnx.helper.make_node("Identity", ["x"], ["y"])
    graph = onnx.helper.make_graph([node], "nothing", [value("x")], [value("y")])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        path = str(pathlib.Path(folder) / "model.onnx")
        onnx.save(model, path)
        calibrator = calibrate.create_calibrator(
            path, augmented_model_path=path + ".augmented", calibrate_method=method, extra_options=options
        )
        calibrator.collect_data(Reader(x))
        data = calibrator.compute_data()["x"]
    low, high = data.range_value
    return float(np.ravel(low)[0]), float(np.ravel(high)[0])


def onnx_rows(x):
    methods = calibrate.CalibrationMethod
    source = version("onnxruntime")
    yield "min-max", onnx_range(x, methods.MinMax), source
    for percent in PERCENTS:
        for method, symmetric in [("far end", True), ("both ends", False)]:
            ends = onnx_range(x, methods.Percentile, percentile=percent, symmetric=symmetric)
            yield f"percentile {percent}, {method}", ends, source
    yield "entropy, ONNX Runtime", onnx_range(x, methods.Entropy), source
    yield "entropy, ONNX Runtime, 2048 bins", onnx_range(x, methods.Entropy, num_bins=2048), source


# AIMET and NVIDIA's Model Optimizer. Their packages import a dozen others; the calibrators need none of them.


def package(name, folder=None, **names):
    """Puts a package without its own imports in the place of one."""
    module = types.ModuleType(name)
    module.__dict__.update(names)
    if folder is not None:
        module.__path__ = [str(folder)]
    sys.modules[name] = module


def aimet_library():
    folder = pathlib.Path(importlib.util.find_spec("aimet_onnx").submodule_search_locations[0])
    package("aimet_onnx", folder)
    package("aimet_onnx.common", folder / "common")
    return importlib.import_module("aimet_onnx.common._libpymo")


def aimet_range(library, x, bits):
    quantizer = library.BlockTensorQuantizer([], bits, library.QuantizationMode.QUANTIZATION_TF_ENHANCED)
    quantizer.updateStats(x)
    (encoding,) = quantizer.computeEncodings(False)
    return encoding.min, encoding.max


def nvidia_module():
    folder = pathlib.Path(importlib.util.find_spec("modelopt").submodule_search_locations[0])
    quantization = folder / "torch" / "quantization"
    package("modelopt", folder)
    package("modelopt.torch", folder / "torch")
    package("modelopt.torch.utils", distributed=types.SimpleNamespace(is_initialized=lambda: False))
    package("modelopt.torch.quantization", quantization, nn=None, utils=None)
    package("modelopt.torch.quantization.tensor_quant", fake_tensor_quant=None, scaled_e4m3=None)
    package("modelopt.torch.quantization.calib", quantization / "calib")
    return importlib.import_module("modelopt.torch.quantization.calib.histogram")


def nvidia_range(module, x, bits):
    calibrator = module.HistogramCalibrator(bits, None, False)
    calibrator.collect(torch.from_numpy(x))
    end = float(calibrator.compute_amax("entropy"))
    return -end, end


def torch_range(x, bits):
    observer = HistogramObserver()
    observer.dst_nbins = 2**bits
    observer(torch.from_numpy(x))
    low, high = observer._non_linear_param_search()
    # As _calculate_qparams does next.
    return min(float(low), 0.0), max(float(high), 0.0)


def numpy_rows(x, bits):
    d = x.astype(np.float64)
    source = "numpy, from MQBench's observer.py, MSEObserver per tensor"
    yield "squared error, shrinking", make_calibrators.mse_search(d, bits), source
    source = "numpy, from Banner, Nahshan and Soudry 2019 and their int_quantizer.py"
    for density in ["Laplace", "Gauss"]:
        yield f"ACIQ {density}", make_calibrators.aciq(d, bits, density, False), source
        yield f"ACIQ {density}, one-sided", make_calibrators.aciq(d, bits, density, True), source


def main():
    aimet, nvidia = aimet_library(), nvidia_module()
    golden = []
    for shape, samples in shapes():
        x = samples.astype(np.float32)
        rows = [(None, *row) for row in onnx_rows(x)]
        for bits in BITS:
            rows.append((bits, "entropy, TensorRT", nvidia_range(nvidia, x, bits), version("nvidia-modelopt")))
            rows.append((bits, "PyTorch histogram, one pass", torch_range(x, bits), version("torch")))
            rows.append((bits, "AIMET tf_enhanced", aimet_range(aimet, x, bits), version("aimet-onnx")))
            rows += [(bits, *row) for row in numpy_rows(x, bits)]
        for bits, method, ends, source in rows:
            entry = {"shape": shape, "method": method, "range": [float(end) for end in ends], "source": source}
            golden.append(entry if bits is None else entry | {"bits": bits})
    lines = ",\n".join(json.dumps(entry) for entry in golden)
    pathlib.Path("tool_calibrators.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
