"""Maps for the tests: a slanted room, a prediction of it, and that prediction in steps of 50 mm."""

import numpy as np
import pytest

STEP_M = 0.05


@pytest.fixture
def room():
    """Ground truth, FP32 and INT8, 12 frames of 30 x 40 pixels, in metres."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:30, 0:40]
    shift = 0.01 * np.arange(12)[:, None, None]
    truth = (1.0 + 0.06 * y + 0.02 * x + shift).astype(np.float32)
    fp32 = (1.02 * truth + 0.02 * rng.standard_normal(truth.shape)).astype(np.float32)
    int8 = (np.round(fp32 / STEP_M) * STEP_M).astype(np.float32)
    return truth, fp32, int8


@pytest.fixture
def files(room, tmp_path):
    """The same as files, in a folder for each role."""
    for role, maps in zip(("gt", "fp32", "int8"), room):
        folder = tmp_path / "set" / role
        folder.mkdir(parents=True)
        for i, frame in enumerate(maps):
            np.save(folder / f"room_{i:02}.npy", frame)
    return tmp_path / "set"
