"""Exchanges of tensors on GPUs by NCCL, two ranks with a card each; two simulated ones on the simulated device."""

import os

import mocrograd as mg
import pytest
from distributed import ranks

pytest.importorskip("mpi4py", reason="mpi4py is not installed")
pytestmark = pytest.mark.gpu
SIMULATED = "GPUSIM_DIR" in os.environ


@pytest.fixture(autouse=True)
def cards(monkeypatch):
    if SIMULATED:
        monkeypatch.setenv("GPUSIM_DEVICES", "2")
    elif mg.backend.device_count() < 2:
        pytest.skip("there are fewer than two GPUs")


def test_collectives():
    output = ranks.well("gpu_collectives.py", timeout=400)
    assert "rank 0 of 2" in output
    assert "rank 1 of 2" in output


@pytest.mark.skipif(not SIMULATED, reason="needs three cards")
def test_three_ranks(monkeypatch):
    monkeypatch.setenv("GPUSIM_DEVICES", "3")
    assert "rank 2 of 3" in ranks.well("gpu_collectives.py", ranks=3, timeout=400)


def test_copies_of_a_model_train_as_one():
    assert ranks.well("gpu_training.py", "train").count("is at the end") == 2


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("cpu and gpu", "rank 0: all_reduce(float32[3], SUM); rank 1: all_reduce(float32[3] on a GPU, SUM)"),
        ("two devices", "all_gather: expected tensors on one device, got some on gpu:0 and gpu:1"),
        ("another device", "the group exchanged tensors on gpu:"),
        ("shapes", "rank 0: all_reduce(float32[3] on a GPU, SUM); rank 1: all_reduce(float32[4] on a GPU, SUM)"),
        ("operation", "NotImplementedError: ReduceOp.BXOR with elements of int64: NCCL has no such operation"),
        ("one card", "ranks 0, 1 have their tensors on one GPU"),
    ],
)
def test_wrong_calls_are_named(what, told):
    output = ranks.well("gpu_training.py", what)
    assert output.count(told) == 2, output
    assert output.count("is at the end") == 2


def test_a_rank_that_does_not_come_is_named():
    status, output = ranks.launch("gpu_training.py", "alone")
    assert "rank 0 knows: RuntimeError: all_reduce(float32[3] on a GPU, SUM)" in output
    assert "rank 1 has ended its program" in output or "rank 1 did not come" in output
    assert status in (0, 1)


@pytest.mark.skipif(not SIMULATED, reason="the simulated NCCL fails where it is asked to")
@pytest.mark.parametrize("name", ["ncclAllReduce", "ncclCommInitRank", "ncclCommGetAsyncError"])
def test_errors_of_nccl(name):
    output = ranks.well("gpu_training.py", "code", GPUSIM_NCCL_FAIL=f"{name}:3")
    told = f"RuntimeError: all_reduce(float32[3] on a GPU, SUM): {name} failed with NCCL's code 3, simulated error: as"
    assert output.count(told) == 2, output


@pytest.mark.skipif(not SIMULATED, reason="the library is on the path")
def test_a_missing_library_is_named(tmp_path):
    for name in ("libcuda.so.1", "libnvidia-ml.so.1"):
        (tmp_path / name).symlink_to(os.path.join(os.environ["GPUSIM_DIR"], name))
    output = ranks.well("gpu_training.py", "missing", LD_LIBRARY_PATH=str(tmp_path))
    told = "ImportError: exchanges of GPU tensors need NVIDIA's NCCL: pip install nvidia-nccl-cu12"
    assert output.count(told) == 2, output
