"""The code of the README and of the pages runs, block after block, and prints what stands below it."""

import os
import re
import sys
from pathlib import Path

import docs_blocks
import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(p for p in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")] if docs_blocks.blocks(p.read_text()))
NEEDS = {
    "max.md": ("onnx", "max.graph"),
    "onnx.md": ("onnx",),
    "deployment.md": ("onnx", "onnxruntime"),
    "reports.md": ("tensorboard", "matplotlib", "pandas"),
    "sklearn.md": ("sklearn.utils", "pandas"),
    "others.md": ("sklearn.utils",),
    "clusters.md": ("mpi4py",),
}
"""What pages use that need not be installed."""
ELSEWHERE = {"c"}
"""Languages of blocks that another test runs: tests/export/test_native.py."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_code_of_a_page_runs_and_prints_what_the_page_shows(page, tmp_path, monkeypatch):
    for needed in NEEDS.get(page.name, ()):
        pytest.importorskip(needed, reason=f"{needed} is not installed")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOCROGRAD_CACHE_DIR", str(ROOT / ".cache" / "own-kernels"))
    text = page.read_text()
    shown = docs_blocks.run(text, page.name)
    if "joblib" in sys.modules:  # its processes would wait for more, through the tests that follow
        sys.modules["joblib.externals.loky"].get_reusable_executor().shutdown(wait=True)
    assert shown == text, "scripts/run docs-blocks --write writes what the blocks print"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_says_its_language_and_is_run_or_says_why_not(page):
    text = page.read_text()
    fences = re.findall(r"^```.*$", text, re.MULTILINE)
    assert len(fences) == 2 * len(docs_blocks.blocks(text))
    for block in docs_blocks.blocks(text):
        assert block.language in {"python", "sh", "text", "mojo", *ELSEWHERE}
        assert block.language != "text" or not block.before.strip(), f"nothing prints this:\n{block.text}"


SUM = "```python\nprint(1 + 1)\n```\n\n```text\n{}\n```\n"


def test_what_is_not_printed_is_found_and_written():
    assert docs_blocks.run(SUM.format(3), "page") == SUM.format(2)
    assert docs_blocks.run(SUM.format(2), "page") == SUM.format(2)
    with pytest.raises(ValueError, match="3 is not printed"):
        docs_blocks.run("```python\nprint(1 + 1)  # 3\n```\n", "page")


def test_an_exception_is_printed_where_the_page_shows_one():
    page = "```python\n[].pop()\n```\n\n```text\n{}\n```\n"
    assert "IndexError: pop from empty list" in docs_blocks.run(page.format("KeyError: no"), "page")
    with pytest.raises(IndexError):
        docs_blocks.run(page.format("nothing"), "page")


@pytest.mark.parametrize(
    ("shown", "printed", "equal"),
    [
        ("loss 0.52", "loss 0.53", True),
        ("loss 0.52", "loss 0.54", False),
        ("1.5e-03", "1.6e-03", True),
        ("12 steps", "13 steps", False),
        ("a\n...\nz", "a\nb\nc\nz", True),
        ("a\n...\nz", "a\nb\nc", False),
        ("x.y", "xzy", False),
    ],
)
def test_the_last_digit_of_a_decimal_may_differ_and_nothing_else(shown, printed, equal):
    assert docs_blocks.same(shown, printed) is equal


def test_a_part_of_a_file_is_compared_with_the_file():
    page = "`scripts/docs_blocks.py` begins:\n\n```python\nfrom __future__ import {}\n# ...\nimport argparse\n```\n"
    docs_blocks.run(page.format("annotations"), "page")
    with pytest.raises(ValueError, match=r"scripts/docs_blocks.py does not have these lines"):
        docs_blocks.run(page.format("division"), "page")


def test_a_shell_runs_this_checkout_and_a_reason_leaves_a_block_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = "{}```sh\npython -c 'import mocrograd, sys; print(mocrograd.__file__)'\n```\n\n```text\n?\n```\n"
    assert f"{os.sep}mocrograd{os.sep}__init__.py" in docs_blocks.run(page.format(""), "page")
    left = page.format("<!-- not run: it needs a network -->\n")
    assert docs_blocks.run(left.replace("```text\n?\n```\n", ""), "page")
