from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, Literal, Protocol

import numpy as np
import pandas

__version__: str

class FathomError(ValueError): ...
class QuestionError(FathomError): ...

class _DLPack(Protocol):
    def __dlpack__(self, *args: Any, **kwargs: Any) -> Any: ...
    def __dlpack_device__(self) -> tuple[int, int]: ...

_Path = str | PathLike[str]
_Array = np.ndarray[Any, Any] | _DLPack
_Maps = _Path | Iterable[_Path] | _Array | Iterable[_Array] | Mapping[str, _Array]
_Role = Literal["gt", "fp32", "int8", "board"]
_Crop = Literal["none", "garg", "eigen", "nyu"]
_Evaluator = Literal["plain", "kitti", "monodepth2", "bts-kitti", "nyu", "depth-anything-80m", "depth-anything-20m"]

class Result:
    @property
    def report(self) -> dict[str, Any]: ...
    @property
    def warnings(self) -> list[str]: ...
    @property
    def metrics(self) -> dict[str, Any] | None: ...
    @property
    def changes(self) -> dict[str, dict[str, Any]]: ...
    @property
    def budget(self) -> dict[str, Any] | None: ...
    @property
    def ranges(self) -> dict[str, dict[str, Any]]: ...
    @property
    def distribution(self) -> dict[str, Any]: ...
    @property
    def frames(self) -> list[dict[str, Any]]: ...
    @property
    def bands(self) -> list[dict[str, Any]]: ...
    @property
    def verdicts(self) -> list[dict[str, Any]]: ...
    def table(self, section: str) -> pandas.DataFrame: ...
    def to_json(self) -> str: ...
    def to_html(self) -> str: ...
    def to_markdown(self) -> str: ...
    def link(self, site: str = "", title: str = "", frame_names: bool = False) -> str: ...
    def save(self, path: _Path) -> None: ...

def analyse(
    *paths: _Path,
    gt: _Maps | None = None,
    fp32: _Maps | None = None,
    int8: _Maps | None = None,
    board: _Maps | None = None,
    mask: _Maps | None = None,
    unit: str | Mapping[_Role, str] | None = None,
    array: str | Mapping[_Role, str] | None = None,
    repair: str | Sequence[str] | None = None,
    as_is: bool = False,
    markers: Iterable[float] | None = None,
    crop: _Crop = "none",
    window: tuple[float | None, float | None] | None = None,
    resize: Literal["nearest", "bilinear"] | None = None,
    evaluator: _Evaluator = "plain",
    range: tuple[float, float] | None = None,
    bits: int | None = None,
    policy: Literal["count", "exclude", "clamp"] = "count",
    searches: Literal["none", "all"] = "none",
    parameters: int | None = None,
    threads: int | None = None,
    memory: int = 2000,
) -> Result: ...
def summarize(
    out: _Path,
    *paths: _Path,
    gt: _Maps | None = None,
    fp32: _Maps | None = None,
    int8: _Maps | None = None,
    board: _Maps | None = None,
    mask: _Maps | None = None,
    unit: str | Mapping[_Role, str] | None = None,
    array: str | Mapping[_Role, str] | None = None,
    repair: str | Sequence[str] | None = None,
    as_is: bool = False,
    markers: Iterable[float] | None = None,
    crop: _Crop = "none",
    window: tuple[float | None, float | None] | None = None,
    resize: Literal["nearest", "bilinear"] | None = None,
    evaluator: _Evaluator = "plain",
    range: tuple[float, float] | None = None,
    bits: int | None = None,
    policy: Literal["count", "exclude", "clamp"] = "count",
    searches: Literal["none", "all"] = "none",
    parameters: int | None = None,
    threads: int | None = None,
    memory: int = 2000,
) -> list[str]: ...
def merge(parts: Iterable[_Path], *, threads: int | None = None) -> Result: ...
