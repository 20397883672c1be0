"""The result of a run."""

import base64
import html
import json
import os
from functools import cached_property

from ._fathom import FathomError


class Result:
    """Everything that a run has found out.

    Lengths are metres and shares are 0 to 1. A section that the maps do not give is ``None``.
    """

    def __init__(self, run):
        self._run = run

    @cached_property
    def report(self):
        """dict: ``report.json``. docs/REPORT.md explains every key."""
        return json.loads(self._run.json)

    @property
    def warnings(self):
        """list of str: sentences about files that were left out, and findings."""
        return self._run.warnings

    @property
    def metrics(self):
        """dict or None: metrics of FP32, INT8 and board against ground truth, and their changes."""
        return self.report.get("metrics")

    @property
    def changes(self):
        """dict of dict: the changes from FP32 to INT8 by metric, with 95 % intervals."""
        return {change["metric"]: change for change in (self.metrics or {}).get("changes", [])}

    @property
    def budget(self):
        """dict or None: where the squared error of INT8 comes from."""
        return self.report.get("budget")

    @property
    def ranges(self):
        """dict of dict: the ranges of the table by name, each with its rounding and clipping error."""
        return {entry["name"]: entry for entry in self.report["ranges"]}

    @property
    def distribution(self):
        """dict: figures of the valid depths."""
        return self.report["distribution"]

    @property
    def frames(self):
        """list of dict: figures of every frame."""
        return self.report.get("frames", [])

    @property
    def bands(self):
        """list of dict: errors by depth band, nearest first."""
        return self.report.get("bands", [])

    @property
    def verdicts(self):
        """list of dict: the three answers in words; empty where the maps allow none."""
        return self.report.get("verdicts", [])

    def table(self, section):
        """A list of ``report`` as a pandas DataFrame; needs pandas.

        Parameters
        ----------
        section : str
            ``"frames"``, ``"bands"``, ``"ranges"``, ``"codes"``, ``"calibrators"``, ``"changes"``, ``"inputs"`` and so on.
        """
        try:
            import pandas
        except ImportError as error:
            raise FathomError("a table needs pandas; install it, or use the dictionaries of the result") from error
        rows = list(self.changes.values()) if section == "changes" else self.report.get(section)
        if not isinstance(rows, list):
            raise FathomError(f"the report has no list {section}")
        return pandas.json_normalize(rows)

    def to_json(self):
        """``report.json`` as text: equal to the byte to the page's and the command line's."""
        return self._run.json

    def to_html(self):
        """The report as one HTML file with charts."""
        return self._run.to_html()

    def to_markdown(self):
        """The report as Markdown."""
        return self._run.to_markdown()

    def link(self, site="", title="", frame_names=False):
        """A link that opens the page with this result: settings, a summary of the depths and the comparison, no file.

        Parameters
        ----------
        site : str
            The address of your page, in front of the link.
        title : str
            The title of the link, up to 60 characters.
        frame_names : bool
            Includes the names of the worst frames.
        """
        return f"{site.rstrip('#')}#{self._run.link(title, frame_names)}"

    def save(self, path):
        """Writes the report to a ``.json``, ``.html`` or ``.md`` file."""
        path = os.fspath(path)
        end = os.path.splitext(path)[1].lower()
        made = {".json": self.to_json, ".html": self.to_html, ".htm": self.to_html, ".md": self.to_markdown}.get(end)
        if made is None:
            raise FathomError(f"{path}: expected a name that ends in .json, .html or .md")
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(made())

    def __repr__(self):
        lines = [f"{verdict['question']} {verdict['headline']}" for verdict in self.verdicts]
        return "\n".join(lines) or f"depths of {self.report['source']}, no verdict"

    def _repr_html_(self):
        parts = []
        for verdict in self.verdicts:
            question, headline = html.escape(verdict["question"]), html.escape(verdict["headline"])
            parts.append(f"<p>{question}<br><strong>{headline}</strong></p>")
        for caption, svg in self._run.charts():
            data = base64.b64encode(svg.encode()).decode()
            caption = html.escape(caption)
            parts.append(
                f'<figure style="background:#fff;margin:0 0 1em"><img alt="{caption}" style="max-width:100%" '
                f'src="data:image/svg+xml;base64,{data}"><figcaption style="color:#333">{caption}</figcaption></figure>'
            )
        return "".join(parts)
