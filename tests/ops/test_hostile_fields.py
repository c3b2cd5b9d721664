"""What no program should do to a tensor: it raises, or does no harm. A crash of the process fails the tests."""

import ctypes
import warnings

import mocrograd as mg
import numpy as np
import pytest

FIELDS = ("storage", "_shape", "_strides", "_size", "address", "dtype", "device", "_dense")


@pytest.mark.parametrize("name", FIELDS)
def test_what_kernels_follow_cannot_be_set(name):
    x = mg.ones(8, 8)
    before = getattr(x, name)
    with pytest.raises(AttributeError):
        setattr(x, name, before)
    with pytest.raises(AttributeError):
        delattr(x, name)
    assert getattr(x, name) is before or getattr(x, name) == before
    assert (x + x).sum().item() == 128


@pytest.mark.parametrize("name", ["shape", "ndim", "is_leaf", "T", "nbytes"])
def test_what_follows_from_fields_cannot_be_set(name):
    with pytest.raises(AttributeError):
        setattr(mg.ones(2), name, 5)


def test_place_takes_tensors_only():
    x = mg.ones(2)
    with pytest.raises(TypeError, match="expected a tensor"):
        mg.backend.set_memory(5, x.storage, (2,), (1,), x.dtype, x.device, x.address, 2, True)


BLANK = {
    "add": lambda t, u: u + t,
    "add in place": lambda t, u: u.add_(t),
    "exp": lambda t, u: t.exp(),
    "sum": lambda t, u: t.sum(),
    "matmul": lambda t, u: t @ t,
    "linear": lambda t, u: mg.nn.functional.linear(t, t, t),
    "detach": lambda t, u: t.detach(),
    "clone": lambda t, u: t.clone(),
    "reshape": lambda t, u: t.reshape(-1),
    "index": lambda t, u: t[0],
    "as an index": lambda t, u: u[t],
    "cat": lambda t, u: mg.cat([u, t]),
    "where": lambda t, u: mg.where(t, t, t),
    "repr": lambda t, u: repr(t),
    "item": lambda t, u: t.item(),
    "numpy": lambda t, u: t.numpy(),
    "data": lambda t, u: setattr(u, "data", t),
    "gradient": lambda t, u: (u.requires_grad_() * 2).backward(t),
}


@pytest.mark.parametrize("name", BLANK)
def test_a_tensor_that_no_function_made(name):
    with pytest.raises((TypeError, AttributeError, RuntimeError)):
        BLANK[name](object.__new__(mg.Tensor), mg.ones(2))


HUGE = {
    "zeros": lambda: mg.zeros(1 << 40, 1 << 40),
    "zeros of 2^63": lambda: mg.zeros(1 << 63),
    "sizes whose product is 0 in 64 bits": lambda: mg.empty(1 << 32, 1 << 32),
    "product whose bytes are 0 in 64 bits": lambda: mg.ones(1, 1).expand(1 << 31, 1) @ mg.ones(1, 1).expand(1, 1 << 31),
    "broadcast sum": lambda: mg.ones(1, 1).expand(1 << 32, 1) + mg.ones(1, 1).expand(1, 1 << 32),
    "broadcast sum beyond 64 bits": lambda: mg.ones(1, 1).expand(1 << 47, 1) + mg.ones(1, 1).expand(1, 1 << 47),
    "bincount": lambda: mg.bincount(mg.tensor([1 << 60])),
    "bincount minlength": lambda: mg.bincount(mg.tensor([2]), minlength=1 << 60),
    "expand": lambda: mg.ones(1).expand(1 << 63),
    "repeat": lambda: mg.ones(3).repeat(1 << 62),
    "cat": lambda: mg.cat([mg.ones(1).expand(1 << 47)] * 4),
    "clone": lambda: mg.ones(1).expand(1 << 47).clone(),
    "pad": lambda: mg.nn.functional.pad(mg.ones(3), (1 << 62, 1 << 62)),
    "one_hot": lambda: mg.nn.functional.one_hot(mg.tensor([2]), 1 << 62),
    "as_strided beyond the memory": lambda: mg.ones(8).as_strided((1 << 32, 1 << 32), (1 << 32, 1)),
    "as_strided offset": lambda: mg.ones(8).as_strided((2,), (1,), 10**9),
    "as_strided negative offset": lambda: mg.ones(8).as_strided((2,), (1,), -1),
    "as_strided negative stride": lambda: mg.ones(8).as_strided((2,), (-1,), 3),
    "narrow": lambda: mg.ones(8).narrow(0, 7, (1 << 63) - 1),
    "diag": lambda: mg.ones(3).diag(1 << 40),
}


@pytest.mark.parametrize("name", HUGE)
def test_sizes_beyond_memory(name):
    with pytest.raises((MemoryError, RuntimeError, ValueError, OverflowError, IndexError)):
        HUGE[name]()
    assert mg.ones(3).sum().item() == 3


def test_deep_nests_raise():
    nest = []
    for _ in range(100_000):
        nest = [nest]
    with pytest.raises((ValueError, RuntimeError, RecursionError, TypeError)):
        mg.tensor(nest)
    loop: list = []
    loop.append(loop)
    with pytest.raises((ValueError, RuntimeError, RecursionError, TypeError)):
        mg.tensor(loop)
    while nest:  # taken apart by hand: freeing it recurses
        nest = nest[0]


class Capsule:
    def __init__(self, capsule):
        self.capsule = capsule

    def __dlpack__(self, **options):
        return self.capsule

    def __dlpack_device__(self):
        return 1, 0


def test_capsules_of_others():
    new = ctypes.pythonapi.PyCapsule_New
    new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    once = mg.ones(3).__dlpack__()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's array over the capsule is not writable
        assert mg.from_dlpack(Capsule(once)).tolist() == [1, 1, 1]
    for capsule in (once, new(64, b"other", None), None, 5):
        with pytest.raises((ValueError, TypeError, RuntimeError, BufferError)):
            mg.from_dlpack(Capsule(capsule))


def test_views_keep_memory_that_their_tensor_gave_up():
    x = mg.arange(1000.0)
    view, array = x[900:], x.numpy()
    x.data = mg.ones(2)
    with pytest.warns(UserWarning, match="resized"):
        mg.add(mg.ones(3), 1, out=x)
    array[950] = -1
    assert view[50].item() == -1
    assert x.tolist() == [2, 2, 2]


class Subclass(mg.Tensor):
    pass


def test_other_classes():
    x = mg.ones(3)
    for other in (int, np.ndarray, object):
        with pytest.raises(TypeError):
            x.__class__ = other
    assert (Subclass(3, 3).fill_(1) + 1).sum().item() == 18


# ------------------------------------------------------------------------------------------- gradients


class Answer(mg.autograd.Function):
    """Its gradient is whatever it was told."""

    @staticmethod
    def forward(ctx, x, answer):
        ctx.answer = answer
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return ctx.answer, None


class TorchAnswer:
    """Makes the same with torch."""

    @staticmethod
    def make(torch):
        return type("Answer", (torch.autograd.Function,), {"forward": Answer.forward, "backward": Answer.backward})


ANSWERS = {
    "number": lambda m: 5,
    "word": lambda m: "x",
    "too small": lambda m: m.ones(3),
    "empty": lambda m: m.ones(0),
    "another rank": lambda m: m.ones(4),
}


@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.parametrize("before", ["leaf", "exp", "matmul"])
def test_gradients_of_a_users_function_are_checked(kind, before, torch):
    for m, function in ((torch, TorchAnswer.make(torch)), (mg, Answer)):
        x = m.ones(4, 8, requires_grad=True)
        y = {"leaf": lambda x: x, "exp": lambda x: x.exp(), "matmul": lambda x: x @ x.T}[before](x)
        answer = ANSWERS[kind](m)
        if kind == "another rank" and before == "matmul":
            continue  # fits
        with pytest.raises(RuntimeError):
            function.apply(y, answer).sum().backward()


def test_gradients_of_a_users_function_broadcast_and_change_dtype(torch):
    for m, function in ((torch, TorchAnswer.make(torch)), (mg, Answer)):
        x = m.ones(1, 3, requires_grad=True)
        function.apply(x, m.ones(2, 4, 3, dtype=m.float64)).sum().backward()
        assert x.grad.dtype is m.float32
        assert x.grad.tolist() == [[8.0, 8.0, 8.0]]


@pytest.mark.parametrize("kind", ANSWERS)
def test_what_hooks_return_is_checked(kind, torch):
    for m in (torch, mg):
        for result in (False, True):
            x = m.ones(4, 8, requires_grad=True)
            y = x.exp()
            answer = ANSWERS[kind](m)
            (y if result else x).register_hook(lambda grad, answer=answer: answer)
            with pytest.raises(TypeError if isinstance(answer, (int, str)) else RuntimeError):
                y.sum().backward()


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_gradients_that_do_not_fit_their_parameter(optimizer):
    for grad in (mg.ones(3), mg.ones(8, 8, dtype=mg.float64), mg.ones(0)):
        p = mg.nn.Parameter(mg.ones_like(grad))
        p.grad = grad
        p.data = mg.ones(8, 8)  # an assigned gradient must fit, the values may be replaced
        with pytest.raises(RuntimeError, match="parameter 0 is float32 of shape"):
            getattr(mg.optim, optimizer)([p], lr=0.1).step()


@pytest.mark.parametrize("name", ["Adam", "RMSprop", "SGD", "Adagrad", "NAdam", "ASGD", "Rprop", "Adadelta", "Adamax"])
def test_a_state_of_one_element_is_not_read_as_many(name):
    param = mg.ones(1000, requires_grad=True)
    options = {"momentum": 0.9} if name in ("SGD", "RMSprop") else {}
    optimizer = getattr(mg.optim, name)([param], lr=0.1, **options)
    for _ in range(2):
        param.sum().backward()
        optimizer.step()
    state = optimizer.state[param]
    state.update(
        {key: mg.zeros(1) for key, value in state.items() if isinstance(value, mg.Tensor) and len(value.shape)}
    )
    with pytest.raises(RuntimeError, match=r"must have 1000 elements .* is float32 of shape \[1\]"):
        optimizer.step()
