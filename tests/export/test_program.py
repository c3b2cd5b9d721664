"""The text of a plan: the same at each export, and of nothing that this process alone has."""

import mocrograd as mg
import pytest
from mocrograd import backend
from mocrograd.export.program import program_of
from mocrograd.export.recorded import record_all
from native_models import digits, every


def test_a_model_trained_anew_has_the_same_plan():
    programs = []
    for factor in (1, 2):
        model = digits()
        with mg.no_grad():
            model[0].weight.mul_(factor)
        programs.append(program_of(record_all(model, (mg.ones(2, 64),), (1, 8), {}, None)))
    first, second = programs
    assert first.lines == second.lines
    assert first.identity == second.identity
    assert first.weights != second.weights


def test_no_address_of_this_process_is_in_the_text():
    example = mg.zeros(2, 1, 6, 6), mg.zeros(2, 5, dtype=mg.int64)
    program = program_of(record_all(every(), example, None, {}, None))
    assert program.parts
    items = " ".join(program.lines).split()
    assert str(backend.cpu.context) not in items
    addresses = {str(tensor.address) for tensor in example}
    assert not addresses & set(items)


def test_plans_share_the_weights():
    one, many = (program_of(record_all(digits(), (mg.ones(2, 64),), sizes, {}, None)) for sizes in ((1,), range(1, 9)))
    assert one.weights == many.weights
    assert len(many.kernels) == len(one.kernels)


@pytest.mark.parametrize(
    ("sizes", "text"), [((1,), "1"), ((1, 2), "1, 2"), (range(1, 9), "1 to 8"), ((9, 3, 1, 2), "1 to 3, 9")]
)
def test_batch_sizes_are_told_in_short(sizes, text):
    assert record_all(lambda x: x + 1, (mg.ones(1),), sizes, {}, None).sizes() == text


def test_names_that_c_cannot_tell_apart_are_changed():
    def model(output, A, a, model, int):
        return A + a + model + int[0], output

    example = (mg.ones(1), mg.ones(1), mg.ones(1), mg.ones(1), [mg.ones(1)])
    recording = record_all(model, example, None, {}, None)
    assert [port.name for port in recording.inputs] == ["output", "A", "a_", "input_3", "input_4_0"]
    assert [port.name for port in recording.outputs] == ["output_0", "output_1"]
    assert [port.name for port in record_all(lambda output: output * 2, (mg.ones(1),), None, {}, None).outputs] == [
        "output_"
    ]


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (lambda x: {"logits": x + 1, "best": x.argmax(-1)}, ["logits", "best"]),
        (lambda x: {"a b": x + 1, "c": x * 2}, ["output_0", "output_1"]),
        (lambda x: {"pair": (x + 1, x * 2)}, ["output_0", "output_1"]),
        (lambda x: x.max(-1), ["values", "indices"]),
        (lambda x: (x + 1, [x * 2]), ["output_0", "output_1"]),
    ],
)
def test_outputs_are_called_as_the_result_calls_them(model, names):
    recording = record_all(model, (mg.ones(2, 3),), None, {}, None)
    assert [port.name for port in recording.outputs] == names
