"""What is known of NCCL without a GPU: its numbers, its binding, and what a missing one says."""

import ctypes

import mocrograd as mg
import pytest
from mocrograd import distributed as dist
from mocrograd.distributed import ReduceOp, nccl


@pytest.fixture(autouse=True)
def unloaded(monkeypatch):
    monkeypatch.setattr(nccl, "_loaded", [])


@pytest.mark.parametrize(
    ("op", "dtype", "expected"),
    [
        (ReduceOp.SUM, mg.float32, (7, 0, 1)),
        (ReduceOp.PRODUCT, mg.float16, (6, 1, 1)),
        (ReduceOp.MAX, mg.bfloat16, (9, 2, 1)),
        (ReduceOp.MIN, mg.int64, (4, 3, 1)),
        (ReduceOp.AVG, mg.float64, (8, 4, 1)),
        (ReduceOp.SUM, mg.bool, (1, 2, 1)),  # the logical or, not 2
        (ReduceOp.PRODUCT, mg.bool, (1, 3, 1)),
        (ReduceOp.SUM, mg.complex64, (7, 0, 2)),
        (ReduceOp.AVG, mg.complex128, (8, 4, 2)),
    ],
)
def test_numbers_of_types_and_operations(op, dtype, expected):
    assert nccl.reduction(op, dtype) == expected


@pytest.mark.parametrize(
    ("op", "dtype", "kind", "told"),
    [
        (ReduceOp.SUM, mg.int16, NotImplementedError, "ReduceOp.SUM with elements of int16: NCCL has no"),
        (ReduceOp.BAND, mg.int32, NotImplementedError, "ReduceOp.BAND with elements of int32: NCCL has no"),
        (ReduceOp.MAX, mg.complex64, NotImplementedError, "ReduceOp.MAX with elements of complex64: NCCL has no"),
        (ReduceOp.AVG, mg.int32, RuntimeError, "Cannot use ReduceOp.AVG with elements of int32"),
        ("sum", mg.float32, TypeError, "expected a ReduceOp, got 'sum'"),
    ],
)
def test_what_nccl_has_not_is_named(op, dtype, kind, told):
    with pytest.raises(kind, match=told):
        nccl.reduction(op, dtype)


def test_a_missing_library_is_named(monkeypatch):
    def missing(path):
        raise OSError(f"{path}: cannot open shared object file")

    monkeypatch.setattr(nccl.ctypes, "CDLL", missing)
    with pytest.raises(ImportError, match=r"pip install nvidia-nccl-cu12 .*libnccl.so.2: cannot open"):
        nccl.load()
    assert not nccl.is_installed()
    assert not dist.is_nccl_available()


def test_an_old_library_is_named(monkeypatch):
    monkeypatch.setattr(nccl, "_open", lambda: ctypes.CDLL(None))
    with pytest.raises(ImportError, match=r"too old for mocrograd: .*ncclGetUniqueId"):
        nccl.load()


def test_the_installed_library_has_what_is_bound():
    """Runs where NCCL is installed, which needs no driver for that."""
    if not nccl.is_installed():
        pytest.skip("NCCL is not installed")
    library = nccl.load()
    identity = nccl.UniqueId()
    library.call("test", "ncclGetUniqueId", ctypes.byref(identity))
    assert any(bytes(identity))
    assert "code 5, invalid usage" in str(library.fault("test", "ncclSend", 5))
