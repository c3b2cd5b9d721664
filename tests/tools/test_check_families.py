"""The check that a family of operations bears one name from its kernels to its tests."""

from __future__ import annotations

import check_families
import pytest

FOLDERS = (
    "mojo_kernels", "mojo_kernels/elementwise", "pyfront/mocrograd/ops", "pyfront/mocrograd/nn",
    "pyfront/mocrograd/nn/functional", "pyfront/mocrograd/optim", "tests/opcases", "tests/badcalls", "tests/ops",
)  # fmt: skip


@pytest.fixture
def tree(tmp_path):
    """The names of this repository's families, in empty files."""
    for folder in FOLDERS:
        suffix = "mojo" if folder.startswith("mojo") else "py"
        for name in check_families.names(check_families.ROOT / folder):
            path = tmp_path / folder / f"{name}.{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    return tmp_path


def test_the_repositorys_families_bear_one_name(tree):
    assert list(check_families.faults(check_families.ROOT)) == []
    assert list(check_families.faults(tree)) == []


@pytest.mark.parametrize(
    ("gone", "fault"),
    [
        ("mojo_kernels/sorting.mojo", "mojo_kernels/sorting is missing"),
        ("mojo_kernels/elementwise/ternary.mojo", "mojo_kernels/ternary is missing"),
        ("tests/opcases/views.py", "tests/opcases/views.py is missing"),
        ("tests/badcalls/calculus.py", "tests/badcalls/calculus.py is missing"),
        ("tests/ops/test_out.py", "take out off the shared files of tests/ops"),
        ("tests/badcalls/huge.py", "take huge off the shared files of tests/badcalls"),
    ],
)
def test_a_missing_file_is_found(tree, gone, fault):
    (tree / gone).unlink()
    (line,) = check_families.faults(tree)
    assert fault in line


@pytest.mark.parametrize(
    ("new", "fault"),
    [
        ("mojo_kernels/misc.mojo", "mojo_kernels/misc: pyfront/mocrograd/ops has no family of that name"),
        ("mojo_kernels/elementwise/calculus.mojo", "take calculus off COMPOSED"),
        ("tests/opcases/optim.py", "take optim off the list of families without rows"),
        ("tests/opcases/further.py", "tests/opcases/further.py: no family"),
        ("tests/badcalls/further.py", "tests/badcalls/further.py: no family"),
        ("tests/ops/test_more.py", "tests/ops/test_more.py: no family"),
        ("pyfront/mocrograd/nn/huge.py", "take huge off the shared files of tests/badcalls"),
    ],
)
def test_a_file_of_another_name_is_found(tree, new, fault):
    (tree / new).touch()
    (line,) = check_families.faults(tree)
    assert fault in line


def test_a_family_that_is_gone_leaves_nothing_behind(tree):
    (tree / "pyfront/mocrograd/ops/calculus.py").unlink()
    assert [line.split(":")[0] for line in check_families.faults(tree)] == [
        "scripts/check_families.py", "tests/opcases/calculus.py", "tests/badcalls/calculus.py",
    ]  # fmt: skip


def test_tests_and_rows_of_one_family_may_bear_longer_names(tree):
    (tree / "tests/ops/test_conv_edges.py").touch()
    assert list(check_families.faults(tree)) == []
    (tree / "tests/ops/test_convolution.py").touch()
    assert len(list(check_families.faults(tree))) == 1
