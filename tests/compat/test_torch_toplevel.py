"""torch's checks, symbols and states of switches, and the modules of devices."""

import mocrograd as mg
import mocrograd.torch as torch
import pytest


def test_checks():
    torch._check(True)
    torch._check_is_size(3)
    torch._assert(True, "right")
    for call, error in (
        (lambda: torch._check(False, lambda: "why"), RuntimeError),
        (lambda: torch._check_value(0, lambda: "why"), ValueError),
        (lambda: torch._check_type(0, lambda: "why"), TypeError),
        (lambda: torch._check_index(0, lambda: "why"), IndexError),
        (lambda: torch._check_with(KeyError, False, lambda: "why"), KeyError),
        (lambda: torch._check_tensor_all(mg.zeros(2), lambda: "why"), RuntimeError),
        (lambda: torch._assert(False, "why"), AssertionError),
    ):
        with pytest.raises(error, match="why"):
            call()


def test_sizes_are_numbers():
    assert not isinstance(3, torch.SymInt | torch.SymFloat | torch.SymBool)
    assert (torch.sym_int(-2.5), torch.sym_max(1, 2), torch.sym_min(1, 2), torch.sym_not(0)) == (-2, 2, 1, True)
    assert torch.sym_float(1) == 1.0
    assert torch.sym_sum([1, 2]) == 3
    assert torch.sym_ite(False, 1, 2) == 2


def test_mixed_precision_is_off_without_a_warning():
    assert not torch.is_autocast_enabled()
    assert not torch.is_autocast_enabled("cpu")
    assert torch.get_autocast_dtype("cpu") is torch.bfloat16
    assert torch.get_autocast_gpu_dtype() is torch.float16
    with torch.autocast(device_type="cpu", enabled=False), torch.cuda.amp.autocast(enabled=False):
        assert mg.ones(1).dtype is mg.float32
    scaler = torch.cuda.amp.GradScaler(enabled=False)
    assert scaler.scale(mg.ones(1)).item() == 1
    torch.set_autocast_enabled("cpu", False)

    class Double(torch.autograd.Function):
        @staticmethod
        @torch.cuda.amp.custom_fwd
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        @torch.amp.custom_bwd(device_type="cpu")
        def backward(ctx, grad):
            return 2 * grad

    x = mg.ones(1, requires_grad=True)
    Double.apply(x).backward()
    assert x.grad.item() == 2


def test_switches():
    torch.set_default_tensor_type("torch.DoubleTensor")
    try:
        assert mg.zeros(1).dtype is mg.float64
    finally:
        torch.set_default_tensor_type(torch.FloatTensor)
    assert mg.zeros(1).dtype is mg.float32
    with pytest.raises(TypeError, match="default type"):
        torch.set_default_tensor_type(torch.LongTensor)
    with pytest.raises(RuntimeError, match="debug_mode"):
        torch.set_deterministic_debug_mode("loud")
    assert torch.typename([]) == "list"
    assert torch.typename(mg.nn.Linear(1, 1)).endswith("nn.linear.Linear")
    assert torch.is_storage(mg.ones(1).untyped_storage())


@pytest.mark.skipif(mg.accelerator.is_available(), reason="there is a GPU")
def test_devices_that_are_not_there():
    for module in (torch.xpu, torch.mps, torch.mtia):
        assert not module.is_available()
        assert module.device_count() == 0
        module.manual_seed_all(0)
        with pytest.raises(RuntimeError, match="no such device"):
            module.synchronize()
    assert torch.get_device_module() is torch.cpu is torch.get_device_module("cpu")
    assert torch.get_device_module("cuda") is torch.cuda
    assert torch.cpu.current_stream().synchronize() is None
    with pytest.raises(RuntimeError, match="corresponding module"):
        torch.get_device_module("fpga")
    for call in (torch.Stream, torch.Event, torch.cuda.Stream, torch.cuda.current_stream, torch.cuda.mem_get_info):
        with pytest.raises(RuntimeError, match="not available"):
            call()
    for call in (torch.cuda.CUDAGraph, lambda: torch.cuda.graph(None), lambda: torch.cuda.nvtx.range_push("x")):
        with pytest.raises(RuntimeError, match=r"not recorded|NVTX"):
            call()
    with torch.cuda.stream(None), torch.cuda.device(None):
        assert torch.cuda.memory_allocated() == torch.cuda.max_memory_reserved() == 0
    assert torch.cuda.get_rng_state_all() == []
    assert not torch.cuda.is_current_stream_capturing()
    assert not torch.cuda.is_initialized()
