"""Parts of a set, merged: in this process, and on a local cluster of two processes."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import fathom

EXAMPLE = Path(__file__).parent.parent / "examples" / "dask_parts.py"


def test_merged_parts_are_the_whole(files, tmp_path):
    frames = sorted(path.name for path in (files / "gt").iterdir())
    whole = fathom.analyse(**{role: [files / role / name for name in frames] for role in ("gt", "fp32", "int8")}, unit="m")
    parts = []
    for i, own in enumerate((frames[:5], frames[5:6], frames[6:])):
        out = tmp_path / f"part-{i}.fathom"
        roles = {role: [files / role / name for name in own] for role in ("gt", "fp32", "int8")}
        assert fathom.summarize(out, **roles, unit="m") == []
        parts.append(out)
    merged = fathom.merge(reversed(parts))
    assert merged.metrics == whole.metrics and merged.verdicts == whole.verdicts
    with pytest.raises(fathom.FathomError, match="is in both"):
        fathom.merge([parts[0], parts[0]])
    other = tmp_path / "other.fathom"
    roles = {role: [files / role / name for name in frames[5:]] for role in ("gt", "fp32", "int8")}
    fathom.summarize(other, **roles)
    with pytest.raises(fathom.FathomError, match="different units.* unit="):
        fathom.merge([parts[0], other])
    with pytest.raises(fathom.FathomError, match="no part of a set"):
        fathom.merge([files / "gt" / frames[0]])


def test_arrays_are_merged_to_the_byte(room, tmp_path):
    names = [f"{i:06}" for i in range(12)]
    roles = dict(zip(("gt", "fp32", "int8"), room))
    parts = []
    for i, own in enumerate((slice(0, 7), slice(7, 12))):
        out = tmp_path / f"part-{i}.fathom"
        fathom.summarize(out, **{role: dict(zip(names[own], maps[own])) for role, maps in roles.items()})
        parts.append(out)
    assert fathom.merge(parts).to_json() == fathom.analyse(**roles).to_json()


def test_the_example_for_dask_runs_on_two_processes(files, tmp_path):
    distributed = pytest.importorskip("distributed")
    spec = importlib.util.spec_from_file_location("dask_parts", EXAMPLE)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        with distributed.Client(cluster) as client:
            result = example.analyse_on(client, files, tmp_path, parts=3)
    frames = sorted((files / "gt").iterdir())
    assert len(result.frames) == len(frames)
    whole = fathom.analyse(files, unit="m")
    assert result.metrics == whole.metrics and np.isfinite(result.budget["mse_quant"])
