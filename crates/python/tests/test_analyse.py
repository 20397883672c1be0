"""Figures of arrays and files against numpy, outputs, questions and errors."""

import json
import os
import subprocess

import numpy as np
import pytest

import fathom


def metrics(truth, prediction):
    """Metrics over all pixels, as their formulas say."""
    truth, prediction = truth.astype(np.float64).ravel(), prediction.astype(np.float64).ravel()
    error = prediction - truth
    ratio = np.maximum(prediction / truth, truth / prediction)
    log = np.log(prediction) - np.log(truth)
    return {
        "rmse": np.sqrt(np.mean(error**2)),
        "mae": np.mean(np.abs(error)),
        "bias": np.mean(error),
        "abs_rel": np.mean(np.abs(error) / truth),
        "sq_rel": np.mean(error**2 / truth),
        "rmse_log": np.sqrt(np.mean(log**2)),
        "log10": np.mean(np.abs(np.log10(prediction) - np.log10(truth))),
        "silog": np.sqrt(np.mean(log**2) - np.mean(log) ** 2),
        "delta1": np.mean(ratio < 1.25),
    }


def test_figures_are_those_of_numpy(room):
    truth, fp32, int8 = room
    result = fathom.analyse(gt=truth, fp32=fp32, int8=int8)
    for role, maps in (("fp32", fp32), ("int8", int8)):
        pooled = result.metrics[role]["pooled"]
        for name, expected in metrics(truth, maps).items():
            assert pooled[name] == pytest.approx(expected, rel=1e-9), (role, name)
        assert result.metrics[role]["count"] == truth.size
    f, q = [a.astype(np.float64) for a in (fp32 - 0.0, int8 - 0.0)]
    noise = q - f
    budget = result.budget
    assert budget["mse_quant"] == pytest.approx(np.mean(noise**2), rel=1e-9)
    cross = 2 * np.mean((f - truth.astype(np.float64)) * noise)
    assert budget["cross"] == pytest.approx(cross, rel=1e-7)
    assert budget["grid"]["step"] == pytest.approx(0.05, rel=1e-5)
    depths = truth.astype(np.float64).ravel()
    assert result.distribution["count"] == depths.size
    assert result.distribution["mean"] == pytest.approx(depths.mean(), rel=1e-12)
    assert result.distribution["percentiles"]["95"] == pytest.approx(np.percentile(depths, 95), rel=1e-9)
    change = result.changes["rmse"]
    low, high = change["interval"]
    assert low <= change["difference"] <= high


def test_a_range_costs_what_numpy_says(room):
    truth, _, _ = room
    result = fathom.analyse(gt=truth, range=(1.0, 2.5), bits=6, unit="m")
    assert result.metrics is None and result.frames == []
    (own,) = [entry for name, entry in result.ranges.items() if name.startswith("mine")]
    depths = truth.astype(np.float64).ravel()
    low, high = own["effective_min"], own["effective_max"]
    step = (high - low) / 63
    coded = low + step * np.clip(np.round((depths - low) / step), 0, 63)
    assert own["rmse"] == pytest.approx(np.sqrt(np.mean((coded - depths) ** 2)), rel=1e-9)
    assert own["coverage"] == pytest.approx(np.mean((depths >= low) & (depths <= high)), rel=1e-12)


def test_arrays_in_any_form_give_one_result(room):
    truth, fp32, int8 = room
    whole = fathom.analyse(gt=truth, fp32=fp32, int8=int8).to_json()
    lists = fathom.analyse(gt=list(truth), fp32=(frame for frame in fp32), int8=list(int8))
    assert lists.to_json() == whole
    names = [f"{i:06}" for i in range(len(truth))]
    named = fathom.analyse(
        gt=dict(zip(names, truth)), fp32=dict(zip(names, fp32)), int8=dict(zip(reversed(names), int8[::-1]))
    )
    assert named.to_json() == whole
    turned = np.asfortranarray(truth)
    assert fathom.analyse(gt=turned, fp32=fp32, int8=int8).to_json() == whole

    class Tensor:
        """An array of another library."""

        def __init__(self, array):
            self.array = array

        def __dlpack__(self, **arguments):
            return self.array.__dlpack__(**arguments)

        def __dlpack_device__(self):
            return self.array.__dlpack_device__()

    assert fathom.analyse(gt=Tensor(truth), fp32=fp32, int8=Tensor(int8)).to_json() == whole
    one = fathom.analyse(gt=truth[0], fp32=fp32[0], int8=int8[0])
    assert len(one.frames) == 1
    half = fathom.analyse(gt=(truth * 1000).astype(np.uint16), unit={"gt": "mm"})
    assert half.distribution["max"] == pytest.approx(float(truth.max()), abs=1e-3)


def test_big_arrays_are_not_copied():
    tracemalloc = pytest.importorskip("tracemalloc")
    rng = np.random.default_rng(3)
    stack = rng.uniform(0.5, 9.0, size=(40, 240, 320)).astype(np.float32)
    tracemalloc.start()
    fathom.analyse(gt=stack, unit="m", threads=1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < stack.nbytes / 4


def test_paths_give_the_report_of_the_command_line(files, tmp_path):
    folders = {role: files / role for role in ("gt", "fp32", "int8")}
    by_names = fathom.analyse(files)
    assert by_names.report["inputs"][0]["name"] == "set/fp32/room_00.npy"
    stated = fathom.analyse(**folders)
    assert stated.metrics == by_names.metrics
    assert fathom.analyse(gt=sorted((files / "gt").iterdir())).distribution == by_names.distribution
    program = os.environ["FATHOM_PROGRAM"]  # `cargo xtask python` sets it.
    out = tmp_path / "report.json"
    subprocess.run([program, "analyse", str(files), "-o", str(out)], check=True, capture_output=True)
    assert out.read_text() == by_names.to_json()
    flags = [text for role, folder in folders.items() for text in (f"--{role}", str(folder))]
    subprocess.run([program, "analyse", *flags, "-o", str(out)], check=True, capture_output=True)
    assert out.read_text() == stated.to_json()
    link = subprocess.run([program, "analyse", str(files), "--link"], check=True, capture_output=True, text=True)
    assert link.stdout.strip() == by_names.link()


def test_outputs(room, tmp_path):
    result = fathom.analyse(gt=room[0], fp32=room[1], int8=room[2])
    for name, made in (("a.json", result.to_json()), ("a.html", result.to_html()), ("a.md", result.to_markdown())):
        result.save(tmp_path / name)
        assert (tmp_path / name).read_text(encoding="utf-8") == made
    assert json.loads(result.to_json()) == result.report
    assert result.to_html().startswith("<!DOCTYPE html>")
    # The worst frame: FP32, INT8 and their difference.
    assert result.to_html().count("data:image/png;base64,") == 3
    assert result.to_markdown().startswith("# What INT8 does to these depth maps")
    cell = result._repr_html_()
    assert cell.count("data:image/svg+xml") >= 5 and "What should I do?" in cell and "<script" not in cell
    assert "What should I do?" in repr(result)
    link = result.link(site="https://example.org/", title="After")
    assert link.startswith("https://example.org/#f")
    assert len(result.link(frame_names=True)) > len(result.link())
    with pytest.raises(fathom.FathomError, match="json, .html or .md"):
        result.save(tmp_path / "a.txt")
    with pytest.raises(fathom.FathomError, match="title"):
        result.link(title="x" * 61)


def test_tables_need_pandas(room):
    result = fathom.analyse(gt=room[0], fp32=room[1], int8=room[2])
    try:
        import pandas
    except ImportError:
        with pytest.raises(fathom.FathomError, match="needs pandas"):
            result.table("frames")
        return
    frames = result.table("frames")
    assert isinstance(frames, pandas.DataFrame) and len(frames) == 12
    assert frames["rmse_int8"].iloc[3] == result.frames[3]["rmse_int8"]
    assert list(result.table("changes")["metric"]) == list(result.changes)
    with pytest.raises(fathom.FathomError, match="no list"):
        result.table("budget")


def test_settings_are_those_of_the_page(room):
    truth, fp32, int8 = room
    result = fathom.analyse(
        gt=truth, fp32=fp32, int8=int8, evaluator="nyu", crop="nyu", window=(None, 3), policy="exclude", markers=[]
    )
    settings = result.report["settings"]
    assert (settings["crop"], settings["policy"], settings["eval_max"]) == ("nyu", "exclude", 3.0)
    assert result.metrics["protocol"]["name"] == "BTS / ZoeDepth, NYUv2"
    mask = np.zeros((30, 40), np.uint8)
    mask[:, :20] = 1
    masked = fathom.analyse(gt=truth, fp32=fp32, int8=int8, mask=mask)
    assert masked.metrics["int8"]["count"] == truth.size / 2
    beside = fathom.analyse(gt=truth, fp32=fp32, int8=int8, board=int8)
    assert beside.metrics["board"]["pooled"] == beside.metrics["int8"]["pooled"]
    sized = fathom.analyse(gt=truth, fp32=fp32[:, ::2, ::2], int8=int8[:, ::2, ::2], resize="nearest")
    assert sized.metrics["int8"]["count"] == truth.size


def test_questions_name_the_arguments(room):
    truth, fp32, int8 = room
    with pytest.raises(fathom.QuestionError, match=r'repair=\["fp32:flip=rows", "int8:flip=rows"\]'):
        fathom.analyse(gt=truth, fp32=fp32[:, ::-1], int8=int8[:, ::-1])
    repaired = fathom.analyse(
        gt=truth, fp32=fp32[:, ::-1], int8=int8[:, ::-1], repair=["fp32:flip=rows", "int8:flip=rows"]
    )
    right = fathom.analyse(gt=truth, fp32=fp32, int8=int8)
    assert repaired.metrics == right.metrics
    kept = fathom.analyse(gt=truth, fp32=fp32[:, ::-1], int8=int8[:, ::-1], as_is=True)
    assert kept.metrics != right.metrics
    doubtful = (8000 + 10 * (np.arange(1200) % 300)).astype(np.uint16).reshape(30, 40)
    with pytest.raises(fathom.QuestionError, match='unit={"gt": "0.1mm"}'):
        fathom.analyse(gt=doubtful)
    with pytest.raises(fathom.QuestionError, match='resize="bilinear"'):
        fathom.analyse(gt=truth, fp32=fp32[:, ::2, ::2], int8=int8[:, ::2, ::2])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "nothing to analyse"),
        ({"gt": "not there.npy"}, "not there.npy"),
        ({"gt": np.zeros(5)}, "height, width"),
        ({"gt": np.zeros((2, 2), complex)}, "expected numbers"),
        ({"gt": 5}, "neither a path nor an array"),
        ({"gt": ["a.npy", np.zeros((2, 2))]}, "no depth map"),
        ({"gt": np.zeros((4, 4))}, "Nothing to analyse"),
        ({"gt": np.ones((4, 4)), "unit": "inch"}, "unit: inch is no unit"),
        ({"gt": np.ones((4, 4)), "unit": {"truth": "mm"}}, "no role truth"),
        ({"gt": np.ones((4, 4)), "evaluator": "other"}, "monodepth2"),
        ({"gt": np.ones((4, 4)), "range": (4, 2)}, "range: "),
        ({"gt": np.ones((4, 4)), "range": (4,)}, "two in metres"),
        ({"gt": np.ones((4, 4)), "bits": 40}, "1 to 16"),
        ({"gt": np.ones((4, 4)), "repair": "gt:turn=1"}, "no repair turn"),
    ],
)
def test_errors_are_one_sentence(arguments, words):
    with pytest.raises(fathom.FathomError) as error:
        fathom.analyse(**arguments)
    assert words in str(error.value)


def test_paths_beside_arrays_need_names(files, room):
    with pytest.raises(fathom.FathomError, match="name the arrays"):
        fathom.analyse(gt=files / "gt", fp32=room[1], int8=room[2])
    names = [f"room_{i:02}" for i in range(12)]
    mixed = fathom.analyse(gt=files / "gt", fp32=dict(zip(names, room[1])), int8=dict(zip(names, room[2])))
    assert mixed.metrics == fathom.analyse(files).metrics
    # Names of digits alone are names too.
    for path in sorted((files / "gt").iterdir()):
        path.rename(path.with_name(path.name.removeprefix("room_")))
    names = [f"{i:02}" for i in range(12)]
    digits = fathom.analyse(gt=files / "gt", fp32=dict(zip(names, room[1])), int8=dict(zip(names, room[2])))
    assert digits.metrics == mixed.metrics
