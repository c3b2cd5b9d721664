"""The check that names keep to the glossary and prose to its width."""

from __future__ import annotations

import check_words
import pytest


def all_faults(root=check_words.ROOT):
    return [
        *check_words.retired_names(root),
        *check_words.retired_mojo_names(root),
        *check_words.retired_terms(root),
        *check_words.wide_prose(root),
    ]


def faults(tmp_path, name, text):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return all_faults(tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("pyfront/mocrograd/ops/sorting.py", "places = 1", "sorting.py:1: places has several meanings"),
        ("pyfront/mocrograd/ops/sorting.py", "x = 1\nself._place = x", "sorting.py:2: place has several meanings"),
        ("pyfront/mocrograd/layout.py", "def walk(): ...", "layout.py:1: walk has several meanings"),
        ("mojo_kernels/scan.mojo", '"""places"""\nvar place = 1', "scan.mojo:2: place has several meanings"),
        ("mojo_kernels/scan.mojo", "def _put(x: Int):", "scan.mojo:1: put has several meanings"),
        ("docs/page.md", "word " * 21, "page.md:1: 105 columns, at most 100"),
        ("docs/page.md", "one\n\nTraining utilizes it", "page.md:3: utilizes: say use"),
        ("docs/guide/page.md", "```\nx\n```\nThe dataset.", "page.md:4: dataset: say data set"),
        ("docs/page.md", "```\ncode\n```\n- " + "word " * 21, "page.md:4: 107 columns"),
    ],
)
def test_a_name_of_several_meanings_and_wide_prose_are_found(tmp_path, name, text, fault):
    (line,) = faults(tmp_path, name, text)
    assert fault in line


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyfront/mocrograd/ops/sorting.py", 'indices = 1  # places\nx = "place"'),
        ("pyfront/mocrograd/cli.py", "for root in os.walk(place_of):\n    in_place = root"),
        ("tests/test_sorting.py", "places = 1"),
        ("mojo_kernels/scan.mojo", '"""Places\n  to put."""\nvar x = "place"  # walk'),
        ("docs/page.md", "`dataset`, [it](dataset.md)\n\n    simply\n\n```\nof course\n```\n"),
        ("docs/page.md", "# " + "word " * 21 + "\n\n| " + "word " * 21 + "|\n\n    " + "code " * 21),
        ("docs/page.md", "```\n" + "code " * 21 + "\n```\n"),
    ],
)
def test_strings_code_and_tables_are_left_alone(tmp_path, name, text):
    assert faults(tmp_path, name, text) == []


def test_the_project_keeps_to_its_words():
    assert all_faults() == []
