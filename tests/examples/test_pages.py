"""The Python code of the README and of the pages under docs runs, block after block, and prints what it says."""

import re
import sys
from pathlib import Path

import mocrograd as mg
import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(p for p in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")] if "```python" in p.read_text())
NEEDS = {
    "max.md": ("onnx", "max.graph"),
    "onnx.md": ("onnx",),
    "reports.md": ("tensorboard", "matplotlib", "pandas"),
    "sklearn.md": ("sklearn.utils", "pandas"),
}
"""What pages use that need not be installed."""


def blocks(page):
    """Return the page's blocks of Python."""
    return re.findall(r"^```python\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


def write_mojo(page):
    """Write the files of Mojo that the page shows, each behind its name."""
    for name, text in re.findall(
        r"`(\w+\.mojo)`[^`]*:\n\n```mojo\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL
    ):
        Path(name).write_text(text)


def write_checkpoint(names):
    """Write the checkpoint that the README loads, of the network that it has trained."""
    names["net"] = names["model"]
    mg.save({"net": names["model"].state_dict(), "optimizer": names["optimizer"].state_dict()}, "net.pth")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_code_of_a_page_runs(page, tmp_path, monkeypatch, capsys):
    for needed in NEEDS.get(page.name, ()):
        pytest.importorskip(needed, reason=f"{needed} is not installed")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOCROGRAD_CACHE_DIR", str(ROOT / ".cache" / "own-kernels"))
    write_mojo(page)
    names = {"__name__": "page"}
    said = []
    for code in blocks(page):
        if "net.pth" in code and page.name == "README.md":
            write_checkpoint(names)
        exec(compile(code, str(page), "exec"), names)
        said += re.findall(r"print\(.*\)  # (-?[\d.]+)", code)
    if "joblib" in sys.modules:  # its processes would wait for more, through the tests that follow
        sys.modules["joblib.externals.loky"].get_reusable_executor().shutdown(wait=True)
    printed = capsys.readouterr().out
    for number in said:
        assert number.rstrip(".") in printed.split()


def test_the_network_of_the_readme_learns(monkeypatch, capsys):
    names = {"__name__": "page"}
    exec(blocks(ROOT / "README.md")[0], names)
    accuracy = float(re.search(r"[\d.]+", capsys.readouterr().out)[0])
    assert accuracy > 0.95
