from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, Literal, Protocol, TypedDict, Unpack

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

class _Arguments(TypedDict, total=False):
    gt: _Maps | None
    fp32: _Maps | None
    int8: _Maps | None
    board: _Maps | None
    mask: _Maps | None
    unit: str | Mapping[_Role, str] | None
    array: str | Mapping[_Role, str] | None
    repair: str | Sequence[str] | None
    as_is: bool
    markers: Iterable[float] | None
    crop: _Crop
    window: tuple[float | None, float | None] | None
    resize: Literal["nearest", "bilinear"] | None
    pair: Literal["name", "order"]
    evaluator: _Evaluator
    range: tuple[float, float] | None
    bits: int | None
    policy: Literal["count", "exclude", "clamp"]
    searches: Literal["none", "all"]
    parameters: int | None
    threads: int | None
    memory: int

def analyse(*paths: _Path, **arguments: Unpack[_Arguments]) -> Result: ...
def summarize(out: _Path, *paths: _Path, **arguments: Unpack[_Arguments]) -> list[str]: ...
def merge(parts: Iterable[_Path], *, threads: int | None = None) -> Result: ...
