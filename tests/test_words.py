"""The words of kernels: each is packed as what the kernel declares at its place, and nothing else gets past."""

import mocrograd as mg
import pytest
from mocrograd import backend

CPU = mg.device("cpu")
KERNELS = sorted(backend.FORMS["original"])
ADDRESSES = "wruWR"


def fitting(name, address):
    """Words of the kinds that a kernel declares; what they say makes no sense, so none may run with them."""
    floating = "float" in name.rpartition(".")[2]
    words = []
    for letter in backend.WORDS[name][0].partition(":")[0]:
        if letter in ADDRESSES:
            words.append(address)
        elif letter == "f" or (letter == "n" and floating):
            words.append(0.5)
        elif letter == "t":
            words.append(b"")
        elif letter.isdigit():
            words += [1, 0, *[1] * int(letter)]
        else:
            assert letter in ".an", name
            words.append(0)
    return [*words, CPU.context]


def kinds(words):
    return [k for k, word in enumerate(words) if type(word) is int], [
        k for k, w in enumerate(words) if type(w) is float
    ]


@pytest.mark.parametrize("name", KERNELS)
def test_words_that_do_not_fit_are_refused(name):
    memory = mg.zeros(64)
    words = fitting(name, memory.address)
    integers, floats = kinds(words)
    wrong = [words[:-1], [*words, 0], [*words, 0.5], [], [*words[:-1], 0.5], [*words[:-1], 7], [*words[:-1], "cpu"]]
    for k in integers:
        wrong += [[*words[:k], bad, *words[k + 1 :]] for bad in (0.5, None, "1", b"1", (words[k], words[k]), ())]
    for k in floats:
        wrong += [[*words[:k], bad, *words[k + 1 :]] for bad in (None, "1", b"1", (3, 3), ())]
    for k, letter in enumerate(backend.WORDS[name][0].partition(":")[0]):
        if letter in ADDRESSES:
            wrong += [[*words[:k], bad, *words[k + 1 :]] for bad in (7, -8)]
        if letter.isdigit():
            wrong += [[*words[:k], bad, *words[k + 1 :]] for bad in (-1, 17, 1 << 62)]
            break
    for given in wrong:
        with pytest.raises(TypeError, match="a kernel takes the words"):
            backend.call(backend.FORMS["original"][name], 1, *given)
    assert memory.tolist() == [0.0] * 64


@pytest.mark.parametrize("dtype", [mg.float32, mg.float64, mg.int64, mg.int32, mg.uint8], ids=str)
@pytest.mark.parametrize("value", [0, 1, 3, True])
def test_an_integer_is_packed_as_what_the_kernel_takes(dtype, value):
    out = mg.zeros(3, dtype=dtype)
    backend.call(CPU.table[f"fill.{dtype.name}"], 3, out.address, value, 1, 3, 1, CPU.context)
    assert out.tolist() == [value] * 3
    if dtype.is_floating_point:
        backend.call(CPU.table[f"fill.{dtype.name}"], 3, out.address, 1 << 70, (1, 3, 1), CPU.context)
        assert out.tolist() == [2.0**70] * 3


def test_an_integer_for_a_float_in_every_number_of_a_call():
    """The same call with 2 and with 2.0 gives the same bits."""
    x, a, b = mg.arange(3.0), mg.arange(3.0) + 1, mg.arange(3.0) - 5
    out = [mg.zeros(3), mg.zeros(3)]
    for y, two in zip(out, (2, 2.0)):
        backend.call(
            CPU.table["addcmul.forward.float32"], 3, y.address, x.address, a.address, b.address, two, two, two,
            (1, 3, 1, 1, 1, 1), CPU.context,
        )  # fmt: skip
    assert out[0].tolist() == out[1].tolist() == (x + 2 * a * b).tolist()


def test_a_replay_takes_any_number_of_values():
    arguments = [mg.full((3,), float(k)) for k in range(300)]
    compiled = mg.compile(lambda *xs: [x + 1 for x in xs], fullgraph=True)
    for _ in range(4):
        assert [y.tolist() for y in compiled(*arguments)] == [[k + 1.0] * 3 for k in range(300)]


def test_a_replay_packs_its_values_alike():
    """Options of an optimizer that become integers after the recording."""
    weights = [mg.ones(4, requires_grad=True) for _ in range(2)]
    optimizers = [mg.optim.SGD([w], lr=0.5) for w in weights]

    def step(weight, optimizer):
        weight.grad = None
        (weight * weight).sum().backward()
        optimizer.step()

    compiled = mg.compile(step)
    for rate in (0.5, 0.5, 0.5, 1, 2, 0, True):
        for optimizer in optimizers:
            optimizer.param_groups[0]["lr"] = rate
        step(weights[0], optimizers[0])
        compiled(weights[1], optimizers[1])
        assert weights[0].tolist() == weights[1].tolist()
