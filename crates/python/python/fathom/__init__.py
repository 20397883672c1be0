"""What INT8 does to depth maps: the engine of the Fathom page, on arrays or files.

>>> import fathom
>>> result = fathom.analyse(gt=truth, fp32=predictions, int8=quantized)
>>> result.metrics["int8"]["pooled"]["rmse"]
>>> result.link(site="https://example.org/fathom/")

Depths are metres unless ``unit`` says otherwise. Every figure is the page's, to the last digit; see docs/REPORT.md for what each one means.
"""

from inspect import Parameter, signature

from ._arguments import prepare
from ._fathom import FathomError, QuestionError, __version__
from ._fathom import analyse as _analyse
from ._fathom import merge as _merge
from ._fathom import summarize as _summarize
from ._result import Result

__all__ = ["FathomError", "QuestionError", "Result", "__version__", "analyse", "merge", "summarize"]


def analyse(
    *paths,
    gt=None,
    fp32=None,
    int8=None,
    board=None,
    mask=None,
    unit=None,
    array=None,
    repair=None,
    as_is=False,
    markers=None,
    crop="none",
    window=None,
    resize=None,
    pair="name",
    evaluator="plain",
    range=None,
    bits=None,
    policy="count",
    searches="none",
    parameters=None,
    threads=None,
    memory=2000,
):
    """Analyses depth maps.

    Parameters
    ----------
    *paths : str or path
        Folders, files or archives whose names tell roles (``gt``, ``fp32``, ``int8``, ``board``).
    gt, fp32, int8, board : path, list of paths, array, or iterable of arrays
        Ground truth; predictions of the floating-point model; of the INT8 model; of that model on the board. An array of shape
        (height, width) is one map, one of shape (frames, height, width) is a stack; a list or generator gives one map a frame, and a
        mapping names them. Anything with ``__dlpack__``, such as a torch tensor, is taken too. Samples are metres or the ``unit``.
        Maps of several roles belong together by their position, or by their names in mappings. Stacks in rows are not copied.
    mask : the same
        Pixels that are 0 in a mask are left out: one mask for all frames, or one a frame.
    unit : str or mapping of role to str, optional
        ``"mm"``, ``"m"``, ``"cm"``, ``"kitti"`` (1/256 m), ``"tum"`` (1/5000 m), ``"1/4000"``, ``"disparity:388.8"``. Guessed without it.
    array : str or mapping of role to str, optional
        The array of an NPZ or the channel of an EXR that is depth.
    repair : str or list of str, optional
        Repairs such as ``"fp32:flip=rows"``.
    as_is : bool
        The maps are right as they are: no question is asked.
    markers : list of float, optional
        Samples that mean "no depth" beside 0. Guessed without it.
    crop : {"none", "garg", "eigen", "nyu"}
        The part of every map that counts.
    window : (float or None, float or None), optional
        Depths of the ground truth that count, in metres.
    resize : {"nearest", "bilinear"}, optional
        Brings predictions to the size of their ground truth.
    pair : {"name", "order"}
        What belongs together: files of one name, or the first, second, ... file of every role.
    evaluator : {"plain", "kitti", "monodepth2", "bts-kitti", "nyu", "depth-anything-80m", "depth-anything-20m"}
        The tool whose figures predictions get.
    range : (float, float), optional
        The range of INT8's output, in metres. Found in INT8's values without it.
    bits : int, optional
        Bits of the output, from 1 to 16; 8 without it.
    policy : {"count", "exclude", "clamp"}
        What a pixel outside the range does to the metrics of ranges.
    searches : {"none", "all"}
        Long searches: the best range with both ends free.
    parameters : int, optional
        Number of the network's parameters, for sizes in the plan.
    threads : int, optional
        Threads that compute; one a processor without it. The interpreter's lock is released meanwhile.
    memory : int
        Megabytes of decoded maps that are kept between reading and comparing.

    Returns
    -------
    Result

    Raises
    ------
    QuestionError
        Files or arrays leave a question open. The message names the arguments that answer it.
    FathomError
        Files or arrays cannot be analysed.
    """
    return Result(_analyse(prepare(paths, locals())))


def summarize(out, *paths, **arguments):
    """Summarizes a part of a set to the file ``out``, to be merged with other parts.

    The other parameters are those of :func:`analyse`; settings are fixed here, so all parts need the same. Arrays need names that tell
    the frames of all parts apart: give mappings.

    Returns
    -------
    list of str
        Sentences about files that were left out, and findings.
    """
    given = _PARAMETERS.bind(*paths, **arguments)
    given.apply_defaults()
    return _summarize(prepare(paths, given.arguments), out)


_PARAMETERS = signature(analyse)
summarize.__signature__ = _PARAMETERS.replace(
    parameters=[Parameter("out", Parameter.POSITIONAL_OR_KEYWORD), *_PARAMETERS.parameters.values()]
)


def merge(parts, *, threads=None):
    """Merges parts that :func:`summarize` or ``fathom summarize`` wrote: the result of one run over all files, to the byte.

    Parameters
    ----------
    parts : iterable of path
        The parts, in any order.
    threads : int, optional
        Threads that compute.
    """
    return Result(_merge(list(parts), threads))
