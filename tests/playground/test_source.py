"""The Mojo source beside each kernel: the right one, as HTML that shows the file and nothing else."""

import html
import re
from pathlib import Path

import mocrograd as mg
import pytest
from mocrograd.build.toolchain import sources
from mocrograd.playground import source
from mocrograd.playground.data import choose
from mocrograd.playground.highlight import lines
from mocrograd.playground.learner import Learner
from mocrograd.playground.settings import ACTIVATIONS, OPTIMIZERS, Network
from mocrograd.train.server import Refused
from playground.clients import post


def ran(activation, optimizer):
    """Return the kernels that a network of the playground runs."""
    learner = Learner(choose({"data": "moons"}), Network(2, 5, activation, optimizer, 32), 0.01)
    learner.turn(2, 10, "dynamic")
    return list(learner.kernels.calls)


@pytest.mark.parametrize(("activation", "optimizer"), list(zip(ACTIVATIONS, OPTIMIZERS, strict=True)))
def test_every_kernel_that_runs_has_its_source(activation, optimizer):
    found = ran(activation, optimizer)
    assert len(found) >= 7
    for kernel in found:
        answer = source.answer({"kernel": kernel})
        text = Path(sources(), answer["file"]).read_text().split("\n")
        body = "\n".join(text[answer["first"] - 1 : answer["last"]])
        operation = kernel.split(".")[0]
        assert re.search(rf'"{operation}[".]', body) or kernel == "linear.backward.float32", kernel


@pytest.mark.parametrize(
    ("kernel", "file", "name", "loop"),
    [
        ("relu.backward.float32", "elementwise/arithmetic/basic.mojo", "Relu", "UnaryBackward"),
        ("tanh.forward.float64", "elementwise/transcendental/exponential.mojo", "Tanh", "UnaryForward"),
        ("add.forward.float32", "elementwise/arithmetic/basic.mojo", "Add", "BinaryForward"),
        ("tanh.forward.complex64", "elementwise/complex/functions.mojo", "HyperbolicTangent", "Unary"),
        ("pow.forward.int64", "elementwise/arithmetic/integer.mojo", "IntegerPow", None),
        ("pow.forward.float32", "elementwise/transcendental/exponential.mojo", "Pow", "BinaryForward"),
        ("matmul.forward.float32", "matmul/__init__.mojo", "MatMul", None),
        ("linear.backward.float32", "matmul/linear.mojo", "", None),
        ("adam.float32", "optim/adam.mojo", "Adam", "Update"),
        ("cross_entropy.backward.float32", "loss/cross_entropy.mojo", "CrossEntropyBackward", None),
        ("softmax.forward.float32", "softmax.mojo", "SoftmaxForward", None),
        ("fill.float32", "elementwise/kernels.mojo", "Fill", None),
    ],
)
def test_a_kernel_leads_to_its_definition_and_to_the_loop_around_it(kernel, file, name, loop):
    found = source.answer({"kernel": kernel})
    assert (found["file"], found["name"]) == (f"mojo_kernels/{file}", name)
    assert (found["loop"] and found["loop"]["name"]) == loop
    if loop:
        again = source.answer({"address": found["loop"]["address"]})
        assert again["name"] == loop


def test_a_definition_leads_to_what_it_uses():
    used = {entry["name"]: entry["address"] for entry in source.answer({"kernel": "matmul.forward.float32"})["used"]}
    assert used["matmul_naive"] == "mojo_kernels/matmul/naive.mojo:matmul_naive"
    assert used["Gemm"] == "mojo_kernels/matmul/cpu.mojo:Gemm"
    found = source.answer({"address": used["matmul_naive"]})
    assert found["name"] == "matmul_naive"
    assert found["lines"][found["first"] - 1].startswith(
        '<span class="keyword">def</span> <a href="#mojo_kernels/matmul/naive.mojo:matmul_naive"'
    )


def test_nearly_all_kernels_of_the_library_have_a_source():
    names = list(mg.backend.FORMS["tiled"])
    missing = {name for name in names if source.definition_of(name) is None}  # names put together from numbers
    assert len(missing) < len(names) / 10, missing


def test_html_shows_each_file_as_it_is():
    for path in sorted(Path(sources(), "mojo_kernels").rglob("*.mojo"))[::6]:
        text = path.read_text()
        shown = lines(text, source._links(path.relative_to(sources()).as_posix()))
        assert html.unescape(re.sub(r"<[^>]*>", "", "\n".join(shown))) == text
        for line in shown:
            assert line.count("<span") == line.count("</span>")


def test_words_have_colours():
    text = 'def f(x: Int): # "no" <b>\n    """a\n    b"""\n    return x + 1.5e3 if x else "s"'
    first, second, third, fourth = lines(text, {"f": "file:f"})
    assert '<span class="note"># "no" &lt;b&gt;</span>' in first
    assert '<a href="#file:f" tabindex="-1">f</a>' in first
    assert '<span class="type">Int</span>' in first
    assert second == '    <span class="text">"""a</span>'
    assert third == '<span class="text">    b"""</span>'
    assert '<span class="number">1.5e3</span>' in fourth


@pytest.mark.parametrize(
    "request_",
    [
        {"kernel": "nothing.forward"}, {"kernel": 3}, {}, {"address": "pyfront/mocrograd/cli.py:main"},
        {"address": "../../etc/passwd:"}, {"address": "mojo_kernels/softmax.mojo:Nothing"}, {"address": None},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_kernel_is_refused(site, request_):
    with pytest.raises(Refused):
        source.answer(request_)
    status, said = post(site, "source", request_)
    assert status in (400, 404)
    assert said["error"]
