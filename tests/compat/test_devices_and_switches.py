"""What scripts written for torch do around their networks: devices, seeds, mixed precision, switches."""

import warnings

import mocrograd as mg
import pytest

NO_GPU = not mg.accelerator.is_available()


def test_the_device_that_scripts_choose():
    device = mg.device("cuda" if mg.cuda.is_available() else "cpu")
    assert mg.zeros(2, device=device).device == device
    chosen = mg.accelerator.current_accelerator() if mg.accelerator.is_available() else mg.device("cpu")
    assert chosen == device
    assert mg.cuda.device_count() == mg.accelerator.device_count() >= 0
    assert mg.get_default_device() == mg.device("cpu")
    mg.set_default_device("cpu")


@pytest.mark.skipif(not NO_GPU, reason="there is a GPU")
def test_without_a_gpu():
    for call in (mg.cuda.current_device, mg.cuda.synchronize, lambda: mg.cuda.set_device(0)):
        with pytest.raises(RuntimeError, match="gpu:0 is not available"):
            call()
    with pytest.raises(ValueError, match="Expected a GPU, but got cpu"):
        mg.accelerator.synchronize("cpu")
    assert mg.accelerator.current_accelerator() is None


def test_seeds_are_one_for_all_devices():
    mg.cuda.manual_seed_all(3)
    a = mg.rand(4)
    mg.random.manual_seed(3)
    with mg.random.fork_rng():
        mg.cuda.manual_seed(7)
        mg.rand(100)
    assert mg.equal(mg.rand(4), a)
    assert mg.seed() != mg.seed()


def train(enabled):
    """Return what a training loop with mixed precision leaves of its parameters."""
    mg.manual_seed(0)
    model = mg.nn.DataParallel(mg.nn.Linear(3, 1))
    optimizer = mg.optim.SGD(model.parameters(), lr=0.1)
    scaler = mg.amp.GradScaler(enabled=enabled)
    for _ in range(3):
        optimizer.zero_grad()
        with mg.autocast("cpu", enabled=enabled):
            loss = model(mg.ones(2, 3)).square().mean()
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        mg.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
    assert list(model.state_dict()) == ["module.weight", "module.bias"]
    return model.module.weight.detach()


def test_mixed_precision_by_the_names_of_gpus():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        expected = train(False)
    if not mg.cuda.is_available():
        with pytest.warns(UserWarning, match="CUDA is not available"):
            assert mg.allclose(train(True), expected, atol=0.02)
    assert mg.autocast("cpu", enabled=False)(lambda x: x + 1)(2) == 3


def test_switches_may_be_set():
    import mocrograd.backends.cudnn as cudnn

    cudnn.benchmark = True
    assert not mg.backends.mps.is_available()
    assert not cudnn.is_available()
    assert cudnn.version() is None
    assert not mg.backends.cuda.is_built()
    mg.use_deterministic_algorithms(True)
    assert mg.are_deterministic_algorithms_enabled()
    with pytest.raises(RuntimeError, match="highest, high, medium"):
        mg.set_float32_matmul_precision("low")
    assert (
        mg.compile(lambda x: x + 1, mode="reduce-overhead", backend="inductor", dynamic=False)(mg.ones(1)).item() == 2
    )
    with pytest.raises(NotImplementedError, match="one device at most"):
        mg.nn.DataParallel(mg.nn.Linear(1, 1), device_ids=[0, 1])


def test_the_precision_of_products_has_two_names():
    assert mg.get_float32_matmul_precision() == "highest"
    try:
        for precision in ("medium", "high"):
            mg.set_float32_matmul_precision(precision)
            assert mg.get_float32_matmul_precision() == precision
            assert mg.backends.cuda.matmul.allow_tf32
        mg.backends.cuda.matmul.allow_tf32 = False
        assert mg.get_float32_matmul_precision() == "highest"
        mg.backends.cuda.matmul.allow_tf32 = True
        assert mg.get_float32_matmul_precision() == "high"
    finally:
        mg.set_float32_matmul_precision("highest")


def test_constructors_of_a_dtype():
    for name in ("Float", "Double", "Long", "Int", "Byte", "Bool"):
        kind = getattr(mg, f"{name}Tensor")
        made = kind([1, 0])
        assert isinstance(made, kind)
        assert made.tolist() == [1, 0]
        assert kind(2, 3).shape == (2, 3)
        assert kind().shape == (0,)
    assert mg.LongTensor([2**53 + 1]).item() == 2**53 + 1
    assert not isinstance(mg.ones(1), mg.LongTensor)
    assert not isinstance(1.0, mg.FloatTensor)
    assert mg.ones(2).type(mg.LongTensor).dtype is mg.int64
    for data in (2.5, None):
        with pytest.raises(TypeError, match="must be a sequence"):
            mg.FloatTensor(data)


def test_constructors_on_a_gpu():
    kind = mg.cuda.FloatTensor
    assert kind is mg.cuda.FloatTensor
    assert not isinstance(mg.ones(2), kind)
    if NO_GPU:
        with pytest.raises(RuntimeError, match="gpu:0 is not available"):
            kind(2)
    else:
        assert isinstance(kind(2), kind)
    with pytest.raises(AttributeError, match="OddTensor"):
        mg.cuda.OddTensor  # noqa: B018


def test_constants():
    assert mg.tensor([mg.pi, mg.e, mg.inf]).tolist()[2] == float("inf")
    assert mg.nan != mg.nan
    assert mg.ones(2)[:, mg.newaxis].shape == (2, 1)


def test_an_implementation_of_attention_may_be_named():
    from mocrograd.nn.attention import SDPBackend, sdpa_kernel

    x = mg.randn(1, 2, 5, 4)
    expected = mg.nn.functional.scaled_dot_product_attention(x, x, x)
    with sdpa_kernel([SDPBackend.FLASH_ATTENTION, SDPBackend.MATH]):
        assert mg.equal(mg.nn.functional.scaled_dot_product_attention(x, x, x), expected)
    with pytest.raises(TypeError, match="SDPBackend"), sdpa_kernel("math"):
        pass


def test_variables_are_tensors():
    from mocrograd.autograd import Variable

    x = mg.ones(2, requires_grad=True)
    y = Variable(x * 2)
    assert isinstance(y, Variable)
    assert not y.requires_grad
    z = Variable(x.detach(), requires_grad=True)
    (z * z).sum().backward()
    assert z.grad.tolist() == [2, 2]
    assert x.grad is None
    with pytest.raises(TypeError, match="got int"):
        Variable(3)


def test_switches_of_attention_and_layers():
    cuda, cudnn = mg.backends.cuda, mg.backends.cudnn
    with cuda.sdp_kernel(enable_flash=False, enable_math=True, enable_mem_efficient=False):
        enabled = cuda.flash_sdp_enabled(), cuda.math_sdp_enabled(), cuda.mem_efficient_sdp_enabled()
        assert enabled == (False, True, False)
    assert cuda.flash_sdp_enabled()
    cuda.enable_flash_sdp(False)
    assert not cuda.flash_sdp_enabled()
    cuda.enable_flash_sdp(True)
    assert not cuda.is_flash_attention_available()
    before = cudnn.benchmark
    with cudnn.flags(enabled=True, benchmark=not before):
        assert cudnn.benchmark is not before
    assert cudnn.benchmark is before
    assert not mg.backends.opt_einsum.is_available()
