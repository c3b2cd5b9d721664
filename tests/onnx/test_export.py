"""Export: what onnxruntime computes from the file, and what cannot be exported."""

from __future__ import annotations

import io
import subprocess
import sys

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn
from mocrograd.nn import functional as F

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

import onnx
import onnxruntime as runtime
from mocrograd.onnx import OnnxExporterError, TrainingMode, UnsupportedOperatorError, export
from mocrograd.onnx.trace import tensors_of
from mocrograd.ops.cast import Cast
from onnxcases import FUNCTIONS, LAYERS

UNEXPORTED = {
    "AdaptiveLogSoftmaxWithLoss": "reads which targets belong to a cluster",
    "CTCLoss": "a kernel of its own, and ONNX has none",
    "FractionalMaxPool2d": "draws its windows",
    "FractionalMaxPool3d": "draws its windows",
    "NLLLoss2d": "NLLLoss by an older name",
    "Module": "a base", "RNNBase": "a base", "RNNCellBase": "a base",
    "ModuleDict": "has no forward", "ModuleList": "has no forward", "ParameterDict": "has no forward",
    "ParameterList": "has no forward",
}  # fmt: skip
BY_HAND = {"MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d", "MultiLabelMarginLoss"}
"""Layers whose inputs must fit together more closely than those of the table."""


def session(made):
    return runtime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])


def compare(model, made, inputs, tolerance=1e-5):
    with mg.no_grad():
        expected = tensors_of(model(*inputs))
    run = session(made)
    wanted = {i.name for i in run.get_inputs()}
    given = {f"x{i}": x.numpy() for i, x in enumerate(inputs) if f"x{i}" in wanted}
    found = run.run(None, given)
    assert len(found) == len(expected)
    for got, want in zip(found, expected):
        assert got.dtype == want.numpy().dtype
        np.testing.assert_allclose(got, want.detach().numpy(), rtol=tolerance, atol=tolerance)


def exported(model, inputs, **options):
    names = [f"x{i}" for i in range(len(inputs))]
    return export(model, tuple(inputs), input_names=names, dynamic_axes={n: {0: "batch"} for n in names}, **options)


def of_batch(x, batch):
    if x.dtype is mg.float32:
        draw = mg.rand if float(x.min()) >= 0 else mg.randn  # probabilities stay probabilities
        return draw(batch, *x.shape[1:])
    return mg.randint(0, 5, (batch, *x.shape[1:]), dtype=x.dtype)


@pytest.mark.parametrize("name", LAYERS)
def test_layers_compute_the_same_at_any_batch(name):
    model, inputs = LAYERS[name]
    made = exported(model.eval(), inputs)
    for batch in (1, 2, 7):
        compare(model, made, [of_batch(x, batch) for x in inputs])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_compute_the_same_at_any_batch(name):
    made = exported(FUNCTIONS[name], [mg.randn(2, 3, 4)])
    for batch in (1, 2, 7):
        compare(FUNCTIONS[name], made, [mg.randn(batch, 3, 4)])


@pytest.mark.parametrize("opset", [18, 19, 20, 21])
def test_versions(opset):
    model, inputs = LAYERS["Sequential"]
    made = exported(model.eval(), inputs, opset_version=opset)
    assert made.opset_import[0].version == opset
    compare(model, made, inputs)


def test_several_dynamic_axes():
    def model(x, y):
        scores = mg.matmul(x, y.mT)
        return scores.reshape(x.shape[0], -1), scores.reshape(-1), x[:, : x.shape[1] // 2], mg.zeros(x.shape[1] + 1) + 1

    axes = {"x0": {0: "batch", 1: "rows"}, "x1": {0: "batch", 1: "columns"}}
    made = export(model, (mg.randn(2, 3, 4), mg.randn(2, 5, 4)), input_names=["x0", "x1"], dynamic_axes=axes)
    for batch, rows, columns in ((2, 3, 5), (1, 4, 4), (7, 9, 2)):
        compare(model, made, [mg.randn(batch, rows, 4), mg.randn(batch, columns, 4)])


def test_a_transformer_of_dynamic_length():
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True)
    model = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).eval()

    def causal(x):
        return model(x, mask=nn.Transformer.generate_square_subsequent_mask(x.shape[1]), is_causal=True)

    axes = {"x0": {0: "batch", 1: "rows"}}
    made = export(causal, (mg.randn(2, 5, 8),), input_names=["x0"], dynamic_axes=axes)
    for batch, rows in ((2, 5), (1, 1), (1, 4), (3, 1), (7, 9)):
        compare(causal, made, [mg.randn(batch, rows, 8)])


def test_names_shapes_and_parameters():
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh()).eval()
    made = export(
        model, mg.randn(2, 3), input_names=["data"], output_names=["result"], dynamic_shapes={"input": {0: "batch"}}
    )
    graph = made.graph
    assert [i.name for i in graph.input] == ["data"]
    assert [o.name for o in graph.output] == ["result"]
    assert {i.name for i in graph.initializer} >= {"0.weight", "0.bias"}
    for info in (graph.input[0], graph.output[0]):
        assert info.type.tensor_type.shape.dim[0].dim_param == "batch"
    compare(model, export(model, mg.randn(2, 3), input_names=["x0"]), [mg.randn(2, 3)])


def test_parameters_as_inputs():
    model = nn.Linear(3, 4).eval()
    without = export(model, mg.randn(2, 3), export_params=False)
    assert [i.name for i in without.graph.input] == ["input", "weight", "bias"]
    assert not {i.name for i in without.graph.initializer} & {"weight", "bias"}
    kept = export(model, mg.randn(2, 3), keep_initializers_as_inputs=True)
    assert [i.name for i in kept.graph.input] == ["input", "weight", "bias"]
    assert {i.name for i in kept.graph.initializer} == {"weight", "bias"}


def test_shared_parameters_are_stored_once():
    first = nn.Linear(4, 4)
    second = nn.Linear(4, 4)
    second.weight = first.weight
    made = export(nn.Sequential(first, second).eval(), mg.randn(2, 4))
    assert [i.name for i in made.graph.initializer if i.dims == [4, 4]] == ["0.weight"]


def test_inputs_that_are_outputs_and_constants():
    weight = mg.ones(3)
    made = export(lambda x: (x, x, weight), mg.randn(2, 3), input_names=["x0"])
    compare(lambda x: (x, x, weight), made, [mg.randn(2, 3)])


def test_functions_of_ones_own():
    class Twice(mg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2 + 1

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    compare(Twice.apply, export(lambda x: Twice.apply(x), mg.randn(2, 3), input_names=["x0"]), [mg.randn(2, 3)])


# ------------------------------------------------------------------------------------------- errors


class Net(nn.Module):
    def __init__(self, body):
        super().__init__()
        self.features = nn.Sequential(nn.Linear(3, 3), Body(body))

    def forward(self, x):
        return self.features(x)


class Body(nn.Module):
    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, x):
        return self.body(x)


def branch(x):
    return x + 1 if x.sum() > 0 else x - 1


def through_numpy(x):
    return x + mg.from_numpy(np.sin(x.detach().numpy()))


def over_the_batch(x):
    total = x[0]
    for i in range(1, x.shape[0]):
        total = total + x[i]
    return total


def through_an_unknown_operation(x):
    y = x + 1
    y.digamma_()
    return y


COUNT = mg.zeros(1)


BAD = {
    "branch": (branch, OnnxExporterError, "Python reads the numbers"),
    "item": (lambda x: x * x.sum().item(), OnnxExporterError, "Python reads the numbers"),
    "tolist": (lambda x: x + mg.tensor(x.tolist()), OnnxExporterError, "Python reads the numbers"),
    "numpy": (through_numpy, OnnxExporterError, "Python reads the numbers"),
    "loop": (over_the_batch, OnnxExporterError, "depend on the numbers or sizes"),
    "scale": (lambda x: x * (1 / x.shape[0] ** 0.5), OnnxExporterError, "would be frozen"),
    "outside": (lambda x: x + COUNT.add_(1), OnnxExporterError, "a tensor that the model keeps is changed"),
    "in place": (through_an_unknown_operation, UnsupportedOperatorError, "digamma_ in"),
    "out": (lambda x: mg.digamma(x, out=mg.ones(x.shape)), UnsupportedOperatorError, "digamma in"),
    "mask": (lambda x: x[x > 0], OnnxExporterError, "features.1 (Body)"),
    "squeeze": (lambda x: x[:, :1].squeeze(), OnnxExporterError, "number of dimensions depends"),
    "limit": (lambda x: mg.arange(min(x.shape[0], 8)), OnnxExporterError, "no formula of the dynamic axes"),
    "size": (lambda x: x if x.shape[0] > 1 else -x, OnnxExporterError, "depend on the numbers or sizes"),
    "dropout": (lambda x: F.dropout(x), OnnxExporterError, "dropout in training mode"),
    "random": (lambda x: x + mg.rand(x.shape[0], 3), UnsupportedOperatorError, "rand in"),
    "cdist": (lambda x: mg.cdist(x, x), UnsupportedOperatorError, "cdist in"),
    "svd": (lambda x: mg.linalg.svdvals(x), UnsupportedOperatorError, "svdvals in"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_would_be_wrong_is_an_error_with_layer_and_line(name, tmp_path):
    body, kind, text = BAD[name]
    path = tmp_path / "model.onnx"
    path.write_bytes(b"before")
    with pytest.raises(kind, match=text.replace("(", r"\(").replace(")", r"\)")) as caught:
        export(Net(body).eval(), mg.randn(2, 3), path, input_names=["x0"], dynamic_axes={"x0": {0: "batch"}})
    assert "model.features.1 (Body)" in str(caught.value) or "an output" in str(caught.value)
    assert "test_export.py:" in str(caught.value)
    assert path.read_bytes() == b"before"
    assert [p.name for p in tmp_path.iterdir()] == ["model.onnx"]


def test_the_example_is_not_changed():
    x = mg.ones(2, 3)
    made = export(lambda x: x.add_(1), x, input_names=["x0"], dynamic_axes={"x0": {0: "batch"}})
    assert x.tolist() == mg.ones(2, 3).tolist()
    compare(lambda x: x + 1, made, [mg.zeros(7, 3)])


def test_sizes_that_the_model_refuses_are_not_tried():
    table = nn.Embedding(6, 4).eval()
    made = exported(lambda x: table(mg.arange(x.shape[0])) * x, [mg.randn(2, 4)])
    compare(lambda x: table(mg.arange(x.shape[0])) * x, made, [mg.randn(6, 4)])


def test_types_that_onnx_does_not_take():
    with pytest.raises(
        UnsupportedOperatorError, match=r"neg in the function, .*test_export.py:\d+: ONNX does not take it"
    ):
        exported(lambda x: -x, [mg.ones(2, 3, dtype=mg.uint8)])


def test_numbers_that_only_another_order_changes():
    """The signs of the inputs, which get past all operations that the exporter sees, differ in one of the runs."""

    def signs(x):
        return x + Cast.run(x > 0, mg.float32)

    with pytest.raises(OnnxExporterError, match="not through operations that the exporter sees"):
        export(signs, mg.tensor([[1.0, -1.0, 2.0], [3.0, -2.0, -1.0]]))


def test_training_mode_is_refused_unless_asked():
    model = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Dropout(0.5))
    with pytest.raises(OnnxExporterError, match="training mode"):
        export(model, mg.randn(4, 3))
    before = {name: t.clone() for name, t in model.state_dict().items()}
    made = export(model, mg.randn(4, 3), training=TrainingMode.TRAINING)
    assert "Dropout" in {node.op_type for node in made.graph.node}
    assert model.training
    assert all(mg.equal(before[name], t) for name, t in model.state_dict().items())
    model[1].eval()
    model[2].eval()
    made = export(model, mg.randn(4, 3), training=TrainingMode.PRESERVE)
    assert {node.op_type for node in made.graph.node} == {"Gemm", "BatchNormalization", "Identity"}


@pytest.mark.parametrize(
    ("options", "kind", "text"),
    [
        ({"opset_version": 9}, ValueError, "18 to 21, got 9"),
        ({"input_names": "x"}, TypeError, "list of str"),
        ({"input_names": ["a", "b"]}, ValueError, "at most 1"),
        ({"dynamic_axes": {"input": {5: "n"}}}, ValueError, "dimension of 2, got 5"),
        ({"dynamic_axes": {"inputs": {0: "n"}}}, ValueError, "inputs"),
        ({"output_names": ["input"]}, ValueError, "no input has"),
        ({"dynamic_shapes": {"y": {0: "n"}}}, ValueError, r"names of arguments \(input\), got \['y'\]"),
        ({"dynamic_shapes": [None, None]}, ValueError, "each of 1 arguments, got 2"),
    ],
)
def test_wrong_options(options, kind, text):
    with pytest.raises(kind, match=text):
        export(nn.Linear(3, 3).eval(), mg.randn(2, 3), **options)


def test_dynamic_shapes_by_names_and_nested():
    def model(x, pair):
        return x.sum() + pair[0] * pair[1]

    shapes = {"pair": [{1: "n"}, {1: "n"}], "x": {0: "m"}}
    made = export(model, (mg.randn(2, 3), [mg.randn(4, 5), mg.randn(4, 5)]), dynamic_shapes=shapes)
    sizes = [[d.dim_param or d.dim_value for d in i.type.tensor_type.shape.dim] for i in made.graph.input]
    assert sizes == [["m", 3], [4, "n"], [4, "n"]]


def test_an_empty_example_and_results_that_are_no_tensors():
    with pytest.raises(ValueError, match="has the size 0 in the example: expected at least 1"):
        exported(lambda x: x + 1, [mg.randn(0, 3)])
    with pytest.raises(OnnxExporterError, match="returns a int"):
        exported(lambda x: (x + 1, 3), [mg.randn(2, 3)])


def test_a_function_around_a_model_in_training_mode():
    model = nn.BatchNorm1d(3)
    with pytest.raises(OnnxExporterError, match="running statistics are in training mode"):
        exported(lambda x: model(x), [mg.randn(4, 3)])


def test_no_tensor_among_the_arguments():
    with pytest.raises(TypeError, match="at least one tensor"):
        export(nn.Linear(3, 3).eval(), ())


def test_every_layer_is_exported_or_has_a_reason():
    tested = {name.partition(" ")[0] for name in LAYERS}
    layers = {name for name, t in vars(nn).items() if isinstance(t, type) and issubclass(t, nn.Module)}
    lazy = {name for name in layers if name.startswith("Lazy") and name.removeprefix("Lazy") in tested}
    assert layers - tested - lazy - BY_HAND - UNEXPORTED.keys() == set()


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_unpooling(ndim):
    values, indices = getattr(nn.functional, f"max_pool{ndim}d")(mg.randn(2, 3, *[4] * ndim), 2, return_indices=True)
    model = getattr(nn, f"MaxUnpool{ndim}d")(2).eval()
    compare(model, exported(model, [values, indices]), [values, indices])


def test_one_tensor_as_several_arguments():
    x = mg.randn(2, 3)
    made = exported(lambda x, y: x - 2 * y, [x, x])
    compare(lambda x, y: x - 2 * y, made, [mg.randn(2, 3), mg.randn(2, 3)])


def test_labels_of_several_classes():
    model, labels = nn.MultiLabelMarginLoss().eval(), mg.tensor([[1, 2, -1, 0, 0], [0, -1, 1, 1, 1]])
    made = export(model, (mg.randn(2, 5), labels), input_names=["x0", "x1"])
    compare(model, made, [mg.randn(2, 5), labels])
    images, classes = mg.randn(2, 3, 4, 4), mg.randint(0, 3, (2, 4, 4))
    compare(nn.NLLLoss(), exported(nn.NLLLoss().eval(), [images, classes]), [images, classes])


def test_into_a_file_that_is_open_and_to_a_path(tmp_path):
    model = nn.Linear(3, 4).eval()
    file = io.BytesIO()
    made = export(model, mg.randn(2, 3), file)
    export(model, mg.randn(2, 3), tmp_path / "model.onnx")
    assert file.getvalue() == (tmp_path / "model.onnx").read_bytes() == made.SerializeToString()


def test_scripts_for_torch(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import torch, torch.onnx\n"
        "model = torch.nn.Linear(3, 4).eval()\n"
        "torch.onnx.export(model, (torch.randn(2, 3),), 'model.onnx', input_names=['x0'], dynamo=False)\n"
    )
    subprocess.run([sys.executable, "-m", "mocrograd", "run", str(script)], cwd=tmp_path, check=True)
    assert onnx.load(tmp_path / "model.onnx").graph.node[0].op_type == "Gemm"
