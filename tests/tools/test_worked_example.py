"""The worked example of CONTRIBUTING.md is proved by its script, and the script finds what would make it untrue."""

from __future__ import annotations

import subprocess
import sys

import pytest
import worked_example
from worked_example import LIMITS, PAGE, ROOT, Change

PAGE_OF_ONE = """
### A pointwise op

`a.py`, before `two`:

```python
one = 1
```

`a.py`, into the list `__all__`: `"one"`

`a.py`, at the end:

```python
three = 3
```
"""


@pytest.fixture
def page(monkeypatch):
    """A page with one section."""
    monkeypatch.setattr(worked_example, "LIMITS", {"A pointwise op": 3})
    return PAGE_OF_ONE


def test_blocks_are_read_and_written(page, tmp_path):
    (tmp_path / "a.py").write_text('__all__ = [\n    "two",\n]\ntwo = 2\n')
    changes = worked_example.sections(page)["A pointwise op"]
    assert [change.where for change in changes] == ["before", "into", "end"]
    for change in changes:
        change.apply(tmp_path)
    assert (tmp_path / "a.py").read_text() == '__all__ = [\n    "two", "one"\n]\none = 1\ntwo = 2\nthree = 3\n'


def test_items_go_to_the_end_of_the_list_whose_name_is_given(tmp_path):
    (tmp_path / "a.mojo").write_text(
        "comptime A = TypeList.of[Trait=Op, X, Polygamma[2]]\ncomptime B = TypeList.of[Y]\n"
    )
    Change("a.mojo", "into", "comptime A", "Z").apply(tmp_path)
    assert (tmp_path / "a.mojo").read_text().splitlines()[0] == "comptime A = TypeList.of[Trait=Op, X, Polygamma[2], Z]"


@pytest.mark.parametrize("text", ["", "two = 2\ntwo = 3\n"])
def test_a_line_that_is_not_there_once_is_a_fault(tmp_path, text):
    (tmp_path / "a.py").write_text(text)
    with pytest.raises(ValueError, match=r"a.py: \d lines begin with 'two', expected one"):
        Change("a.py", "before", "two", "one = 1\n").apply(tmp_path)


def test_a_block_that_goes_nowhere_is_a_fault(page):
    with pytest.raises(ValueError, match="no line above it that says where it goes"):
        worked_example.sections(page.replace("`a.py`, at the end:", "And this:"))
    with pytest.raises(ValueError, match="there is no section 'A pointwise op'"):
        worked_example.sections("")


def test_no_section_touches_more_files_than_it_may():
    sections = worked_example.sections((ROOT / PAGE).read_text(encoding="utf-8"))
    for title, limit in LIMITS.items():
        assert 0 < len({change.path for change in sections[title]}) <= limit


def test_the_example_is_true():
    """It builds two extensions."""
    done = subprocess.run([sys.executable, worked_example.__file__], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
