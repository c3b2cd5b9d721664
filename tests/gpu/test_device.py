"""Tensors on the GPU: memory, copies, what mixes, and training."""

import copy
import os
import pickle

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "bool"])
@pytest.mark.parametrize("shape", [(), (1,), (7,), (3, 5), (0, 3), (300, 7)])
def test_copies_there_and_back(dtype, shape):
    array = np.random.default_rng(1).integers(-2, 3, shape).astype(dtype)
    there = mg.tensor(array, device="gpu")
    assert (there.device.type, there.device.index, str(there.device)) == ("gpu", 0, "gpu:0")
    assert there.dtype is getattr(mg, dtype)
    back = there.cpu()
    assert str(back.device) == "cpu"
    assert back.numpy().tobytes() == array.tobytes()
    np.testing.assert_array_equal(back.numpy(), array)


def test_copies_of_views():
    x = mg.arange(24.0).reshape(4, 6)
    for view in (x.T, x[1:, ::2], x[2], x[:, 3:4].expand(4, 5)):
        assert view.to("gpu").cpu().tolist() == view.tolist()
    y = x.to("gpu")
    for place in (np.s_[1:, ::2], np.s_[2], np.s_[:, -1]):
        assert y[place].cpu().tolist() == x[place].tolist()
    assert y.T.contiguous().cpu().tolist() == x.T.tolist()


def test_gradients_go_back_to_where_a_copy_came_from():
    x = mg.full((3,), 2.0, dtype=mg.float64, requires_grad=True)
    target = mg.zeros(2, 3, device="gpu").copy_(x)
    (target * target).sum().backward()
    assert x.grad.device.type == "cpu"
    assert x.grad.dtype is mg.float64
    assert x.grad.tolist() == [8.0, 8.0, 8.0]


def test_names_of_the_device(gpu):
    x = mg.ones(2)
    assert mg.device("cuda") is mg.device("gpu:0") is gpu
    assert x.cuda().device is x.to("cuda").device is x.to(gpu).device is gpu
    on_gpu = x.to("gpu")
    assert on_gpu.to("gpu") is on_gpu
    assert on_gpu.to("gpu", copy=True) is not on_gpu
    assert mg.zeros_like(on_gpu).device is on_gpu.new_ones(3).device is gpu
    with pytest.raises(RuntimeError, match="gpu:7 is not available"):
        mg.ones(1, device="gpu:7")


def test_values_reach_python():
    x = mg.tensor([[1.5, 2.0]], device="gpu")
    assert repr(x) == "tensor([[1.5000, 2.0000]], device='gpu:0')"
    assert x.tolist() == [[1.5, 2.0]]
    assert x[0, 1].item() == 2.0
    assert bool(x.sum() > 3)
    assert f"{x.sum():.2f}" == "3.50"
    assert x.numpy(force=True).tolist() == [[1.5, 2.0]]
    with pytest.raises(TypeError, match=r"can't convert gpu:0 device type tensor to numpy"):
        x.numpy()


def test_copies_of_objects():
    x = mg.tensor([1.0, 2.0], device="gpu", requires_grad=True)
    for again in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert again.device is x.device
        assert again.requires_grad
        assert again.tolist() == x.tolist()


@pytest.mark.parametrize(
    "call",
    [
        lambda a, b: a + b,
        lambda a, b: a < b,
        lambda a, b: a @ b,
        lambda a, b: mg.where(a > 0, a, b),
        lambda a, b: mg.cat([a, b]),
        lambda a, b: mg.stack([a, b]),
        lambda a, b: nn.functional.linear(a, b),
        lambda a, b: nn.functional.cross_entropy(a, b[0].long()),
        lambda a, b: nn.functional.mse_loss(a, b),
        lambda a, b: a.sum().backward(b.sum()),
    ],
)
def test_devices_that_mix_are_named(call):
    a, b = mg.ones(2, 2, requires_grad=True), mg.ones(2, 2)
    for first, second in ((a, b.to("gpu")), (a.detach().to("gpu").requires_grad_(), b)):
        with pytest.raises(RuntimeError, match="cpu") as error:
            call(first, second)
        assert "gpu:0" in str(error.value)


def test_a_number_on_the_cpu_mixes_with_anything():
    x = mg.ones(3, device="gpu")
    assert (x * mg.tensor(2.0)).tolist() == [2, 2, 2]
    assert (mg.tensor(3.0) - x).device is x.device


def test_copies_between_devices_in_place():
    x = mg.zeros(2, 3, device="gpu")
    x.copy_(mg.arange(3.0))
    x[0, 1] = 7
    x[1] += mg.ones(3, device="gpu")
    assert x.tolist() == [[0, 7, 2], [1, 2, 3]]
    host = mg.zeros(2, 3)
    host.copy_(x)
    assert host.tolist() == x.tolist()


def test_gradients_cross_devices():
    w = mg.tensor([1.0, -2.0], requires_grad=True)
    (w.to("gpu") ** 2).sum().backward()
    assert str(w.grad.device) == "cpu"
    assert w.grad.tolist() == [2, -4]


def test_an_index_on_the_cpu_goes_with_any_tensor():
    x = mg.arange(6.0, device="gpu").reshape(3, 2)
    index = mg.tensor([1, 0, 1])
    assert x[index].tolist() == [[2, 3], [0, 1], [2, 3]]
    assert x[mg.tensor([True, False, True])].tolist() == [[0, 1], [4, 5]]
    assert x[[2, 0], [1, 0]].tolist() == [5, 0]
    x[index[:2]] = mg.full((2, 2), 9.0)
    x[[2], [0]] = -1
    assert x.tolist() == [[9, 9], [9, 9], [-1, 5]]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_random_numbers_are_those_of_the_cpu(dtype, grid):
    def draw(device):
        mg.manual_seed(5)
        options = {"dtype": getattr(mg, dtype), "device": device}
        return [mg.rand(1001, **options), mg.randn(333, **options), mg.rand(3, **options)]

    (uniform, normal, rest), (like, normal_like, rest_like) = draw("gpu"), draw("cpu")
    assert uniform.cpu().numpy().tobytes() == like.numpy().tobytes()
    assert rest.cpu().numpy().tobytes() == rest_like.numpy().tobytes()
    eps = np.finfo(dtype).eps  # logarithm and cosine may be rounded in another way
    np.testing.assert_allclose(normal.cpu().numpy(), normal_like.numpy(), rtol=8 * eps, atol=8 * eps)


def network():
    mg.manual_seed(3)
    return nn.Sequential(nn.Linear(20, 33), nn.ReLU(), nn.Linear(33, 130), nn.Tanh(), nn.Linear(130, 5))


def train(device, steps=4):
    """Return the losses of a few steps, and the network."""
    model = network().to(device)
    optimizer = mg.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-3, nesterov=True)
    random = np.random.default_rng(2)
    x = mg.tensor(random.normal(size=(17, 20)).astype(np.float32), device=device)
    y = mg.tensor(random.integers(0, 5, 17), device=device)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y, label_smoothing=0.1)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, model


def test_training_agrees_with_the_cpu(grid):
    expected, on_cpu = train("cpu")
    losses, model = train("gpu")
    np.testing.assert_allclose(losses, expected, rtol=2e-6)
    for (name, got), like in zip(model.named_parameters(), on_cpu.parameters(), strict=True):
        assert got.device.type == got.grad.device.type == "gpu", name
        np.testing.assert_allclose(
            got.detach().cpu().numpy(), like.detach().numpy(), rtol=1e-4, atol=1e-6, err_msg=name
        )


def test_a_network_moves_there_and_back(gpu):
    model = network()
    before = {name: value.tolist() for name, value in model.state_dict().items()}
    assert all(p.device is gpu for p in model.to("gpu").parameters())
    assert all(value.device is gpu for value in model.state_dict().values())
    fresh = network()
    fresh.load_state_dict(model.state_dict())
    assert {name: value.tolist() for name, value in fresh.state_dict().items()} == before
    assert all(p.device.type == "cpu" for p in model.to("cpu").parameters())
    assert {name: value.tolist() for name, value in model.state_dict().items()} == before


def test_dropout():
    mg.manual_seed(1)
    on_gpu = nn.Dropout(0.5)(mg.ones(1000, device="gpu"))
    mg.manual_seed(1)
    assert on_gpu.tolist() == nn.Dropout(0.5)(mg.ones(1000)).tolist()


def test_memory_outlives_its_tensor():
    """Temporaries die before the device has run: what follows must not overwrite them."""
    x = mg.arange(1000.0, device="gpu")
    for _ in range(20):
        x = (x + 1) * 1 - 1
    assert x.tolist() == list(range(1000))


def test_bytes_of_tensors_are_counted():
    mg.cuda.reset_peak_memory_stats()
    before = mg.cuda.memory_allocated()
    x = mg.zeros(1000, device="gpu")
    assert mg.cuda.memory_allocated() - before == 4000
    y = x + 1
    del y
    assert mg.cuda.memory_allocated() - before == 4000
    assert mg.cuda.max_memory_allocated() - before == 8000
    assert mg.cuda.memory_stats()["allocated_bytes.all.current"] == before + 4000
    free, total = mg.cuda.mem_get_info()
    assert 0 < free <= total
    assert f"{before + 4000}" in mg.cuda.memory_summary()


@pytest.mark.skipif("GPUSIM_DIR" not in os.environ, reason="a real device would fault for good")
def test_an_address_of_the_host_is_refused(gpu, capfd):
    host = mg.zeros(1 << 20)  # so large that the system maps it, above the addresses that may be sizes
    with pytest.raises(RuntimeError, match="the device refused the kernel"):
        mg.backend.call(gpu.table["fill.float32"], 3, host.address, 1.0, 1, 3, 1, gpu.context)
    assert "is no address of device memory" in capfd.readouterr().err
    assert host.count_nonzero() == 0


@pytest.mark.skipif("GPUSIM_DIR" not in os.environ, reason="a real device may say nothing")
def test_a_write_outside_of_its_block_is_found(gpu, capfd):
    x = mg.zeros(3, device="gpu")
    with pytest.raises(RuntimeError, match="the device refused the kernel"):
        mg.backend.call(gpu.table["fill.float32"], 4, x.address, 1.0, 1, 4, 1, gpu.context)
    assert "wrote outside of a block of 12 bytes, at its byte 12" in capfd.readouterr().err


def test_the_device_that_scripts_for_torch_choose():
    assert mg.cuda.is_available()
    mg.cuda.set_device(mg.cuda.current_device())
    x = mg.ones(3, device=mg.accelerator.current_accelerator())
    mg.cuda.synchronize()
    mg.accelerator.synchronize(x.device)
    assert x.is_cuda
    mg.set_default_device("cuda")
    try:
        assert mg.get_default_device() == x.device
        made = mg.ones(3), mg.rand(3), mg.arange(3), mg.tensor([1.0]), mg.nn.Linear(2, 2).weight
        assert all(tensor.device == x.device for tensor in made)
    finally:
        mg.set_default_device("cpu")
    assert mg.ones(3).device == mg.device("cpu")


def test_copies_keep_the_order_in_memory():
    """Of what lies without gaps, as in torch; the gradient's too."""
    images = mg.arange(48.0).reshape(2, 3, 2, 4).contiguous(memory_format=mg.channels_last)
    for x in (images, images.permute(3, 0, 2, 1), mg.arange(6.0).reshape(2, 3).T):
        there = x.to("gpu")
        back = there.to("cpu")
        assert x.stride() == there.stride() == back.stride()
        assert x.tolist() == there.tolist() == back.tolist()
    assert mg.arange(12.0).reshape(3, 4)[:, ::2].T.to("gpu").is_contiguous() is False
    spread = mg.arange(12.0).reshape(3, 4)[:, ::2].to("gpu")
    assert (spread.stride(), spread.tolist()) == ((2, 1), [[0, 2], [4, 6], [8, 10]])
    assert mg.arange(3.0).expand(2, 3).to("gpu").tolist() == [[0, 1, 2]] * 2
    leaf = images.requires_grad_()
    (leaf.to("gpu") * mg.arange(48.0, device="gpu").reshape(2, 3, 2, 4)).sum().backward()
    assert leaf.grad.tolist() == mg.arange(48.0).reshape(2, 3, 2, 4).tolist()
    network = nn.Conv2d(3, 4, 3).to(memory_format=mg.channels_last).to("gpu")
    assert network.weight.is_contiguous(memory_format=mg.channels_last)


def test_where_a_tensor_begins_in_its_memory():
    x = mg.arange(6.0, device="gpu")
    assert [x.storage_offset(), x[2:].storage_offset(), x.reshape(2, 3)[1, 1:].storage_offset()] == [0, 2, 4]
    assert x[1:].as_strided((2,), (2,), 1).tolist() == [1, 3]
    assert x[1:].as_strided_scatter(mg.zeros(2, device="gpu"), (2,), (2,), 1).tolist() == [0, 2, 0, 4, 5]


def test_more_than_any_memory_is_refused():
    x = mg.ones(1, 1, device="gpu")
    with pytest.raises(mg.OutOfMemoryError):
        x.expand(1 << 32, 1) @ x.expand(1, 1 << 32)
    assert (x + 1).tolist() == [[2]]


def test_copies_of_views_share_their_memory():
    whole = mg.arange(12.0, device="gpu").reshape(3, 4)
    row, column, again = copy.deepcopy([whole[1], whole[:, 2], whole])
    again.fill_(7)
    assert (row.tolist(), column.tolist()) == ([7] * 4, [7] * 3)
    assert whole.tolist() == mg.arange(12.0).reshape(3, 4).tolist()
