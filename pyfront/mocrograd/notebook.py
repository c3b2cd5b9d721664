"""HTML for notebooks: the parts that the objects of the package show themselves with, in white and dark themes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_STYLE = (
    "<style>"
    "div.mocrograd{font-size:13px;color:inherit;max-width:100%;overflow:auto;max-height:60em}"
    "div.mocrograd table{border-collapse:collapse;margin:4px 0;color:inherit;background:transparent;width:auto}"
    "div.mocrograd table th,div.mocrograd table td{padding:2px 8px;text-align:right;white-space:pre;"
    "border:1px solid rgba(128,128,128,.35);font-family:ui-monospace,monospace;font-size:12px;color:inherit}"
    "div.mocrograd table th{font-weight:600;background:rgba(128,128,128,.15)}"
    "div.mocrograd table .text{text-align:left}"
    "div.mocrograd pre{margin:4px 0;color:inherit;background:transparent}"
    "div.mocrograd details,div.mocrograd .leaf{margin-left:1.2em}"
    "div.mocrograd summary{cursor:pointer;margin-left:-1.2em}"
    "div.mocrograd .muted{opacity:.65}"
    "</style>"
)


def escape(text: str) -> str:
    """Return text as HTML that shows it; the standard library's function would slow down the import of the package."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def frame(*parts: str) -> str:
    """Return parts of HTML as what one cell of a notebook shows."""
    return f'{_STYLE}<div class="mocrograd">{"".join(parts)}</div>'


def title(name: str, *facts: str) -> str:
    """Return a line with a name and facts, all of them text."""
    shown = "".join(f' · <span class="muted">{escape(fact)}</span>' for fact in facts)
    return f"<div><b>{escape(name)}</b>{shown}</div>"


def table(rows: Iterable[Sequence[str]], heads: Sequence[str] = (), texts: int = 0) -> str:
    """Return a table of text.

    Args:
        rows: The cells.
        heads: The columns' heads, if they have any.
        texts: How many columns, from the left, are text and not numbers.
    """

    def line(cells: Sequence[str], tag: str) -> str:
        parts = []
        for i, cell in enumerate(cells):
            kind = ' class="text"' if i < texts else ""
            parts.append(f"<{tag}{kind}>{escape(cell)}</{tag}>")
        return f"<tr>{''.join(parts)}</tr>"

    head = f"<thead>{line(heads, 'th')}</thead>" if heads else ""
    return f"<table>{head}<tbody>{''.join(line(row, 'td') for row in rows)}</tbody></table>"


def fold(head: str, body: str, opened: bool = False) -> str:
    """Return HTML that unfolds when its head, HTML too, is clicked."""
    state = ' open=""' if opened else ""
    return f"<details{state}><summary>{head}</summary>{body}</details>"
