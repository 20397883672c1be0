"""A set on the workers of Dask: each summarizes frames of its own, and the parts are merged.

All workers see the folder of the set and the folder of the parts. Run it as ``python dask_parts.py SET PARTS``.
"""

import sys
from pathlib import Path

import fathom

ROLES = ("gt", "fp32", "int8")


def summarized(folder, names, out):
    """Summarizes the frames with these file names. Runs on a worker."""
    roles = {role: [Path(folder) / role / name for name in names] for role in ROLES}
    # Settings are fixed here. A stated unit cannot be guessed in another way from a few frames.
    fathom.summarize(out, **roles, unit="m", threads=1)
    return str(out)


def analyse_on(client, folder, scratch, parts=8):
    """The result of a set on a cluster of Dask."""
    names = sorted(path.name for path in (Path(folder) / "gt").iterdir())
    shards = [names[i::parts] for i in range(parts)]
    outs = [Path(scratch) / f"part-{i:04}.fathom" for i in range(parts)]
    futures = client.map(summarized, [str(folder)] * parts, shards, outs)
    return fathom.merge(client.gather(futures))


if __name__ == "__main__":
    from distributed import Client

    with Client() as client:
        print(analyse_on(client, sys.argv[1], sys.argv[2]))
