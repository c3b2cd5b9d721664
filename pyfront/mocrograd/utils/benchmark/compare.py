"""Compare: a table of measurements."""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import Enum
from typing import Any

from mocrograd.utils.benchmark.measurement import (
    Measurement,
    ordered_unique,
    select_unit,
    trim_sigfig,
    unit_to_english,
)

_END = "\033[0m"
_BETWEEN = "  |  "


class Colorize(Enum):
    """What the colours of a table compare."""

    NONE = "none"
    COLUMNWISE = "columnwise"
    ROWWISE = "rowwise"


class Compare:
    """Shows measurements as tables: one for each label, with rows of statements and columns of descriptions.

    Args:
        results: The measurements; those of equal tasks become one.

    Raises:
        ValueError: Something else is among them.
    """

    def __init__(self, results: Iterable[Measurement]) -> None:
        self._results: list[Measurement] = []
        self._trims, self._warns, self._colors = False, False, Colorize.NONE
        self.extend_results(results)

    def extend_results(self, results: Iterable[Measurement]) -> None:
        """Add measurements.

        Raises:
            ValueError: Something else is among them.
        """
        results = list(results)
        for result in results:
            if not isinstance(result, Measurement):
                raise ValueError(f"Expected an instance of `Measurement`, got {type(result)} instead.")
        self._results += results

    def trim_significant_figures(self) -> None:
        """Show as many figures as the spread of the times allows."""
        self._trims = True

    def colorize(self, rowwise: bool = False) -> None:
        """Colour the best and the worst times of each column, or of each row."""
        self._colors = Colorize.ROWWISE if rowwise else Colorize.COLUMNWISE

    def highlight_warnings(self) -> None:
        """Mark times that spread far."""
        self._warns = True

    def print(self) -> None:
        """Print the tables."""
        print(self)

    def __str__(self) -> str:
        merged = Measurement.merge(self._results)
        tables = [[m for m in merged if m.label == label] for label in ordered_unique(m.label for m in merged)]
        return "\n".join(_Table(found, self._trims, self._warns, self._colors).text() for found in tables)


class _Table:
    """One table.

    Args:
        results: Its measurements.
        trims: Whether the spread tells the number of figures.
        warns: Whether times that spread far are marked.
        colors: What colours compare.
    """

    def __init__(self, results: list[Measurement], trims: bool, warns: bool, colors: Colorize) -> None:
        self.results, self.trims, self.colors = results, trims, colors
        self.warns = warns and any(result.has_warnings for result in results)
        self.unit, self.scale = select_unit(min(result.median for result in results))
        self.columns = ordered_unique(result.description for result in results)
        rows = ordered_unique(_row(result) for result in results)
        self.rows = sorted(rows, key=lambda row: row[:2])
        self.cells = {(_row(result), result.description): result for result in results}

    def text(self) -> str:
        names = self._names()
        lines = [["", *[str(column) for column in self.columns]]]
        lines += [
            [name, *[self._number(row, column) for column in self.columns]] for name, row in zip(names, self.rows)
        ]
        widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
        head = _BETWEEN.join(text.center(width) for text, width in zip(lines[0], widths))
        title = f" {self.results[0].label or ''} ".center(len(head) - 2, "-")
        made = [f"[{title}]", head]
        threads = None
        for line, row in zip(lines[1:], self.rows):
            if row[0] != threads:
                threads = row[0]
                made.append(f"{threads} threads: ".ljust(len(head), "-"))
            texts = [line[0].ljust(widths[0]), *[text.center(width) for text, width in zip(line[1:], widths[1:])]]
            made.append(_BETWEEN.join([texts[0], *map(self._colored, texts[1:], [row] * len(texts), self.columns)]))
        made += ["", f"Times are in {unit_to_english(self.unit)}s ({self.unit}).", ""]
        if self.warns:
            made.insert(-1, "(! XX%) Measurement has high variance, where XX is the IQR / median * 100.")
        return "\n".join(made)

    def _names(self) -> list[str]:
        """Return the names of rows, behind that of where they ran, if that differs."""
        envs = {row[1] for row in self.rows}
        width = max(len(str(env)) for env in envs) + 4 if len(envs) > 1 else 4
        names: list[str] = []
        before: Any = None
        for row in self.rows:
            new = len(envs) > 1 and row[:2] != before
            names.append("  " + (f"({row[1]})" if new else "").ljust(width) + row[2])
            before = row[:2]
        return names

    def _number(self, row: Any, column: str | None) -> str:
        """Return a time as text; spaces where there is none."""
        found = [self.cells[one, column] for one in self.rows if (one, column) in self.cells]
        digits = [math.ceil(math.log10(result.median / self.scale)) for result in found]
        decimals = min(max(r.significant_figures - d, 0) for r, d in zip(found, digits)) if self.trims else 1
        width = max(digits) + decimals + bool(decimals)
        marked = any(result.has_warnings for result in found) and self.warns
        result = self.cells.get((row, column))
        value = None if result is None else result.median / self.scale
        if value is not None and result is not None and self.trims:
            value = trim_sigfig(value, result.significant_figures)
        text = f"{1 if value is None else value:>{width}.{decimals}f}"
        spread = f" (! {result.iqr / result.median * 100:.0f}%)" if result is not None and result.has_warnings else ""
        text += f"{spread if marked else '':>{7 if marked else 0}}"
        return " " * len(text) if value is None else text

    def _colored(self, text: str, row: Any, column: str | None) -> str:
        """Return a time in the colour that tells how far it is from the best one that it is compared with."""
        result = self.cells.get((row, column))
        if result is None or self.colors is Colorize.NONE:
            return text
        rowwise = self.colors is Colorize.ROWWISE
        compared = (
            [(row, one) for one in self.columns]
            if rowwise
            else [(one, column) for one in self.rows if one[0] == row[0]]
        )
        best = min(self.cells[cell].median for cell in compared if cell in self.cells)
        if result.median <= max(best * 1.01, best + 100e-9):
            return f"\033[92m\033[1m{text}{_END}{_END}"
        if result.median <= best * 1.1:
            return f"\033[34m\033[1m{text}{_END}{_END}"
        if result.median >= best * 5:
            return f"\033[31m\033[1m{text}{_END}{_END}"
        return f"\033[2m\033[91m{text}{_END}{_END}" if result.median >= best * 2 else text


def _row(result: Measurement) -> tuple[int, Any, str]:
    return result.num_threads, result.env, result.as_row_name
