"""Tensors in memory that several processes share."""

import os
import pickle
import subprocess
import sys

import mocrograd as mg
import pytest
from mocrograd import nn

PROGRAM = """
import sys
import torch
import torch.multiprocessing as mp
from torch import nn

def write(model, rows, weights, queue, answers):
    with torch.no_grad():
        model.weight.fill_(7)
        model.running.add_(1)
    rows[1] = 5
    assert isinstance(weights, nn.Parameter) and weights.requires_grad and weights.is_shared()
    weights.data.mul_(2)
    made = torch.arange(4.0)
    queue.put(made)
    queue.put((made, torch.empty(0), "text"))
    answers.get()  # what was sent is shared memory by now
    made[0] = 9

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3, 2))
        self.register_buffer("running", torch.zeros(2, dtype=torch.int64))

if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    model, rows, weights = Model(), torch.zeros(2, 3), nn.Parameter(torch.ones(5))
    assert model.share_memory() is model and model.weight.is_shared() and model.running.is_shared()
    queue, answers = mp.Queue(), mp.Queue()
    rows.share_memory_()
    process = mp.Process(target=write, args=(model, rows, weights.share_memory_(), queue, answers))
    process.start()
    got, (again, empty, text) = queue.get(), queue.get()
    assert got.tolist() == again.tolist() == [0, 1, 2, 3] and empty.shape == (0,) and text == "text"
    answers.put(None)
    process.join()
    assert process.exitcode == 0 and got.tolist() == [9, 1, 2, 3]
    print(model.weight.unique().item(), model.running.tolist(), rows.tolist(), weights.unique().item())
"""


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_processes_see_what_others_write(tmp_path, start):
    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, "-m", "mocrograd", "run", "program.py", start]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.stderr == ""
    assert done.stdout == "7.0 [1, 1] [[0.0, 0.0, 0.0], [5.0, 5.0, 5.0]] 2.0\n"


def test_sharing_keeps_what_a_tensor_is():
    x = mg.arange(6.0).reshape(2, 3).t()
    moved = x.share_memory_()
    assert moved is x
    assert x.is_shared()
    assert x.tolist() == [[0, 3], [1, 4], [2, 5]]
    address = x.data_ptr()
    assert x.share_memory_().data_ptr() == address
    assert not mg.ones(2).is_shared()
    assert mg.ones(0).share_memory_().shape == (0,)
    parameter = nn.Parameter(mg.ones(3))
    (parameter.share_memory_() * mg.tensor([1.0, 2, 3])).sum().backward()
    assert parameter.grad.tolist() == [1, 2, 3]
    mg.optim.SGD([parameter], lr=1.0).step()
    assert parameter.is_shared()
    assert parameter.tolist() == [0, -1, -2]
    assert x.untyped_storage().nbytes() == 24
    assert pickle.loads(pickle.dumps(x)).tolist() == x.tolist()


def test_files_are_closed_with_the_last_tensor():
    before = len(os.listdir("/proc/self/fd"))
    x = mg.ones(1000).share_memory_()
    view = x[5:]
    assert len(os.listdir("/proc/self/fd")) > before
    del x
    assert view.sum().item() == 995
    del view
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_result_is_not_sent():
    from mocrograd.torch.multiprocessing.reductions import reduce_tensor

    with pytest.raises(RuntimeError, match="Cowardly refusing to serialize non-leaf tensor"):
        reduce_tensor(mg.ones(2, requires_grad=True) * 2)
