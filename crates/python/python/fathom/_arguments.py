"""From the arguments of a call to what the extension module takes: paths, and arrays as bytes."""

import os
from collections.abc import Iterable, Mapping

import numpy as np

from ._fathom import FathomError

ROLES = ("gt", "fp32", "int8", "board", "mask")
SETTINGS = ("as_is", "crop", "resize", "pair", "evaluator", "policy", "searches", "parameters", "threads", "memory")


def prepare(paths, given):
    """The dictionary that the extension module takes. ``given`` has the keyword arguments of a call."""
    listed = [(None, os.fspath(path)) for path in paths]
    arrays = []
    has_unnamed = False
    for role in ROLES:
        role_paths, role_arrays = _split(role, given[role])
        listed += [(role, path) for path in role_paths]
        arrays += [_described(role, name, array) for name, array in role_arrays]
        # One mask is for all frames, whatever its name.
        is_one_mask = role == "mask" and len(role_arrays) == 1
        has_unnamed |= bool(role_arrays) and not isinstance(given[role], Mapping) and not is_one_mask
    if has_unnamed and any(role not in (None, "mask") for role, _ in listed):
        raise FathomError("some roles are paths and others arrays without names; name the arrays: {stem of the file: array}")
    return {
        "paths": listed,
        "arrays": arrays,
        "unit": _by_role("unit", given["unit"]),
        "array": _by_role("array", given["array"]),
        "repair": _texts("repair", given["repair"]),
        "markers": None if given["markers"] is None else [float(value) for value in given["markers"]],
        "window": _pair("window", given["window"]),
        "range": None if given["range"] is None else ",".join(repr(float(end)) for end in _ends(given["range"])),
        "bits": None if given["bits"] is None else str(given["bits"]),
        **{name: given[name] for name in SETTINGS},
    }


def _ends(value):
    ends = tuple(value)
    if len(ends) != 2:
        raise FathomError(f"range: {value} has {len(ends)} ends; expected two in metres, such as (0.5, 15)")
    return ends


def _pair(name, value):
    if value is None:
        return None
    ends = tuple(value)
    if len(ends) != 2:
        raise FathomError(f"{name}: {value} has {len(ends)} ends; expected two in metres, or None for one")
    return tuple(None if end is None else float(end) for end in ends)


def _by_role(name, value):
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [f"{role}={text}" for role, text in value.items()]
    raise FathomError(f"{name}: expected a text, or a mapping from roles to texts")


def _texts(name, value):
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def _is_path(value):
    return isinstance(value, (str, os.PathLike))


def _split(role, value):
    """The paths and the named arrays of a role."""
    if value is None:
        return [], []
    if _is_path(value):
        return [os.fspath(value)], []
    if isinstance(value, Mapping):
        return [], [(str(name), _map(role, array)) for name, array in value.items()]
    if _is_array(value):
        whole = _array(role, value)
        if whole.ndim == 2:
            return [], [(f"{0:06}", whole)]
        if whole.ndim == 3:
            return [], [(f"{i:06}", frame) for i, frame in enumerate(whole)]
        raise FathomError(
            f"{role}: an array of shape {whole.shape} is no depth map; expected (height, width) or (frames, height, width)"
        )
    if not isinstance(value, Iterable):
        raise FathomError(f"{role}: {type(value).__name__} is neither a path nor an array")
    values = list(value)
    if values and all(_is_path(one) for one in values):
        return [os.fspath(one) for one in values], []
    return [], [(f"{i:06}", _map(role, one)) for i, one in enumerate(values)]


def _is_array(value):
    return isinstance(value, np.ndarray) or hasattr(value, "__dlpack__") or hasattr(value, "__array_interface__")


def _array(role, value):
    if isinstance(value, np.ndarray):
        return value
    try:
        if hasattr(value, "__dlpack__"):
            return np.from_dlpack(value.detach() if hasattr(value, "detach") else value)
        return np.asarray(value)
    except (BufferError, RuntimeError, TypeError) as error:
        raise FathomError(
            f"{role}: the array cannot be taken ({error}); expected one in the memory of the processor, such as tensor.float().cpu()"
        ) from error


def _map(role, value):
    if not _is_array(value):
        raise FathomError(f"{role}: {type(value).__name__} is no depth map; expected an array of shape (height, width)")
    array = _array(role, value)
    if array.ndim == 3 and 1 in (array.shape[0], array.shape[2]):
        array = array.squeeze(0 if array.shape[0] == 1 else 2)
    if array.ndim != 2:
        raise FathomError(f"{role}: an array of shape {array.shape} is no depth map; expected (height, width)")
    return array


def _described(role, name, array):
    if array.dtype.kind not in "fiub" or array.size == 0:
        raise FathomError(f"{role}: {array.dtype} of shape {array.shape} holds no depths; expected numbers")
    rows = np.ascontiguousarray(array)
    if rows.dtype.kind == "b":
        rows = rows.view(np.uint8)
    frame = name.replace("/", "_").replace("\\", "_")
    return (role, f"{role}/{frame}.npy", rows.dtype.str, list(rows.shape), rows.view(np.uint8).reshape(-1))
