"""Writes chapters of the guide as notebooks: docs_notebooks.py. A cell is a block of Python, its text is the page's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
from docs_blocks import BLOCK, blocks, shows_an_error

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ("tensors", "gradients", "implementations", "networks", "compiled")
FOLDER = ROOT / "notebooks"


def notebook(page: str, name: str) -> Any:
    """Returns a page as a notebook; what blocks print is left out, since the notebook prints it."""
    cells, behind = [], 0
    for match in [*BLOCK.finditer(page), None]:
        prose = page[behind : match.start() if match else len(page)].strip()
        if prose:
            cells.append(nbformat.v4.new_markdown_cell(re.sub(r"\]\((?!http)[^)]*\)", "]", prose)))
        if match is None:
            break
        behind = match.end()
        library = prose.endswith(":") and "`pyfront/" in prose.rpartition("\n\n")[2]
        if match[1] == "python" and not library:
            raises = any(b.start == match.start(2) and shows_an_error(page, b) for b in blocks(page))
            metadata = {"tags": ["raises-exception"]} if raises else {}
            cells.append(nbformat.v4.new_code_cell(match[2].rstrip("\n"), metadata=metadata))
        elif match[1] != "text":
            cells.append(nbformat.v4.new_markdown_cell(match[0]))
    for number, cell in enumerate(cells):
        cell["id"] = f"{name}-{number}"
        if cell["cell_type"] == "markdown":
            cell["source"] = re.sub(r"!\[([^\]]*)\]", r"*\1*", cell["source"])
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def notebooks() -> dict[Path, str]:
    """Returns the text of each notebook, by its path."""
    pages = {name: (ROOT / "docs" / "guide" / f"{name}.md").read_text(encoding="utf-8") for name in CHAPTERS}
    return {FOLDER / f"{n}.ipynb": nbformat.writes(notebook(page, n)) + "\n" for n, page in pages.items()}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for path, text in notebooks().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))
