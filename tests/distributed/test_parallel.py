"""Training by several processes: DistributedDataParallel, fixed shards, and what is kept of them."""

import pytest
from distributed import ranks
from mocrograd.distributed.checkpoint import CheckpointException, load
from mocrograd.nn.parallel.shards import subtrees

pytest.importorskip("mpi4py", reason="mpi4py is not installed")


@pytest.mark.parametrize("size", [2, 3])
def test_distributed_data_parallel(size):
    assert "passed different_models" in ranks.well("parallel.py", ranks=size, timeout=200)


def digest(folder, name, size, shards, steps=40, kills="", options=()):
    output = ranks.well("bits.py", folder / name, shards, steps, kills, ranks=size, options=options, timeout=200)
    (line,) = [line.split() for line in output.splitlines() if line.startswith("sha256")]
    return line[1], output


@pytest.mark.parametrize(("shards", "sizes"), [(4, (1, 2, 4)), (6, (1, 2, 3))])
def test_equal_bits_for_any_number_of_ranks(tmp_path, shards, sizes):
    assert len({digest(tmp_path, f"{size}", size, shards)[0] for size in sizes}) == 1


def test_equal_bits_after_kills_and_other_numbers_of_ranks(tmp_path):
    whole, _ = digest(tmp_path, "whole", 1, 4)
    options = ("--restarts", "3", "--restart-ranks", "2,1,4")
    after, output = digest(tmp_path, "killed", 4, 4, kills="7,13,29", options=options)
    assert output.count("signal 9") == 3
    assert "with 4 ranks" in output
    assert after == whole


def trained(folder, ranks_, epochs, option):
    output = ranks.well("trainer_bits.py", folder, epochs, option, ranks=ranks_)
    (line,) = [line for line in output.splitlines() if line.startswith("sha256")]
    return line


@pytest.mark.parametrize("option", ["plain", "more", "compiled"])
def test_a_trainer_has_equal_bits_for_any_number_of_ranks(tmp_path, option):
    whole = {trained(tmp_path / f"{size}", size, 3, option) for size in (1, 2, 4)}
    assert len(whole) == 1
    for epochs, size in ((1, 4), (2, 1), (3, 2)):  # each goes on from the checkpoint of the one before
        last = trained(tmp_path / "resumed", size, epochs, option)
    assert {last} == whole


def test_states_in_parts(tmp_path):
    """Optimizers, and checkpoints that other numbers of processes go on from."""
    weights = []
    for name, sizes in (("same", (1, 1)), ("other", (2, 3))):
        output = [ranks.well("states.py", tmp_path / name, ranks=size) for size in sizes]
        assert all("passed sampler" in text for text in output)
        (line,) = [line for line in output[-1].splitlines() if line.startswith("step 20")]
        weights.append(float(line.split()[-1]))
    assert abs(weights[0] - weights[1]) < 1e-4
    (tmp_path / "other" / "000001-00001.pt").unlink()
    with pytest.raises(CheckpointException, match=r"files of the ranks \[1\] of 3 are missing"):
        load({}, checkpoint_id=tmp_path / "other")


def test_subtrees_cover_each_leaf_once():
    for count in range(1, 25):
        for size in (n for n in range(1, count + 1) if count % n == 0):
            each = count // size
            nodes = [node for r in range(size) for node in subtrees((r * each, (r + 1) * each), (0, count))]
            assert [leaf for low, high in nodes for leaf in range(low, high)] == list(range(count))


def test_trainer_takes_part(tmp_path):
    output = ranks.well("trainer.py", tmp_path, ranks=3)
    assert output.count("passed on") == 3
