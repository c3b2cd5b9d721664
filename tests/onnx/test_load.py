"""Models from ONNX files: those that torch exported, training, inputs, and files that are no models."""

from __future__ import annotations

import copy
import importlib.util
import io
import itertools
import pickle
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="onnx is not installed")

import mocrograd as mg
import mocrograd.onnx as mg_onnx
import onnx
from mocrograd.onnx.operators.registry import OPERATORS, Operator
from onnx import TensorProto, helper, numpy_helper

MODELS = sorted((Path(__file__).parent / "models").glob("*.onnx"))
SMALL = [p for p in MODELS if p.stem in ("resnet_dynamo", "gpt_script", "lstm_dynamo", "vae_script", "unet_dynamo")]


def example(path):
    """Returns the inputs and outputs of a file in tests/onnx/models."""
    arrays = np.load(path.with_suffix(".npz"))
    inputs = [mg.tensor(arrays[n]) for n in arrays.files if n.startswith("input")]
    return inputs, [arrays[n] for n in arrays.files if n.startswith("output")]


def results(module, inputs):
    made = module(*inputs)
    return made if isinstance(made, tuple) else (made,)


def assert_alike(module, inputs, outputs, tolerance=1e-5):
    made = results(module, inputs)
    assert len(made) == len(outputs)
    for y, expected in zip(made, outputs):
        np.testing.assert_allclose(y.detach().numpy(), expected, rtol=tolerance, atol=tolerance)


def model_of(nodes, inputs, outputs, initializers=(), opset=18, **options):
    """Returns a model of nodes; inputs and outputs are names, or (name, type, shape)."""

    def info(x):
        return helper.make_tensor_value_info(*x) if isinstance(x, tuple) else helper.make_tensor_value_info(x, 1, ["n"])

    made = [numpy_helper.from_array(array, name) for name, array in dict(initializers).items()]
    graph = helper.make_graph(nodes, "g", [info(x) for x in inputs], [info(x) for x in outputs], made)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8, **options)


# ----------------------------------------------------------------------------------- torch's models


@pytest.mark.parametrize("path", MODELS, ids=[p.stem for p in MODELS])
def test_torch_models(path):
    inputs, outputs = example(path)
    module = mg_onnx.load(path)
    assert not module.training
    assert module.input_names == [f"input_{i}" for i in range(len(inputs))]
    assert_alike(module, inputs, outputs)
    one = [x[:1] for x in inputs]
    assert_alike(module, one, [y[:1] for y in outputs])


def test_there_are_models_of_both_exporters():
    assert len(MODELS) >= 20
    assert all(p.stat().st_size < 60_000 for p in MODELS)


def test_torch_models_made_anew(tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    spec = importlib.util.spec_from_file_location("make_models", Path(__file__).parent / "make_models.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    path = made.make("gpt", "script", tmp_path)
    inputs, outputs = example(path)
    assert_alike(mg_onnx.load(path), inputs, outputs)


@pytest.mark.parametrize("path", SMALL, ids=[p.stem for p in SMALL])
def test_training(path):
    inputs, _ = example(path)
    module = mg_onnx.load(path).train()
    parameters = list(module.parameters())
    optimizer = mg.optim.SGD(parameters, lr=0.02)
    goal = mg.zeros_like(results(module, inputs)[0].detach())
    losses = []
    for _ in range(8):
        optimizer.zero_grad()
        loss = mg.nn.functional.mse_loss(results(module, inputs)[0], goal)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in parameters if p.grad is not None)
    assert sum(p.grad is None for p in parameters) == 0
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("path", SMALL, ids=[p.stem for p in SMALL])
def test_compiled(path):
    inputs, outputs = example(path)
    module = mg_onnx.load(path)
    step = mg.compile(module)
    for rows in (3, 3, 2, 3):
        with mg.no_grad():
            assert_alike(step, [x[:rows] for x in inputs], [y[:rows] for y in outputs])
        assert not step.reasons
    assert step.plan is not None


def test_batch_normalization_in_training():
    path = next(p for p in MODELS if p.stem == "densenet_dynamo")
    inputs, outputs = example(path)
    module = mg_onnx.load(path)
    name = next(n for n, _ in module.named_buffers() if n.endswith("running_mean"))
    before = dict(module.named_buffers())[name].clone()
    module.train()
    assert not np.allclose(results(module, inputs)[0].detach().numpy(), outputs[0], atol=1e-4)
    assert not mg.equal(dict(module.named_buffers())[name], before)


def test_dropout_in_training():
    nodes = [helper.make_node("Dropout", ["x", "p"], ["y"])]
    module = mg_onnx.load(model_of(nodes, ["x"], ["y"], {"p": np.array(0.5, np.float32)}))
    x = mg.ones(1000)
    assert mg.equal(module(x), x)
    zeros = int((module.train()(x) == 0).sum())
    assert 400 < zeros < 600


def test_state_dict_copies_and_pickles(tmp_path):
    path = next(p for p in MODELS if p.stem == "densenet_dynamo")
    inputs, outputs = example(path)
    module = mg_onnx.load(path)
    assert {"stem.weight", "layers.1.0.running_var", "head.bias"} <= set(module.state_dict())
    for other in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert_alike(other, inputs, outputs)
    mg.save(module, tmp_path / "whole.pt")
    assert_alike(mg.load(tmp_path / "whole.pt", weights_only=False), inputs, outputs)
    changed = copy.deepcopy(module)
    with mg.no_grad():
        for p in changed.parameters():
            p.mul_(2)
    assert not np.allclose(results(changed, inputs)[0].detach().numpy(), outputs[0], atol=1e-4)
    mg.save(module.state_dict(), tmp_path / "state.pt")
    changed.load_state_dict(mg.load(tmp_path / "state.pt"))
    assert_alike(changed, inputs, outputs)


def test_double():
    path = next(p for p in MODELS if p.stem == "vae_script")
    inputs, outputs = example(path)
    module = mg_onnx.load(path).double()
    made = results(module, [x.double() for x in inputs])
    assert made[0].dtype is mg.float64
    np.testing.assert_allclose(made[0].detach().numpy(), outputs[0], rtol=1e-5, atol=1e-5)


# ----------------------------------------------------------------------------------- what is given


def test_sources(tmp_path):
    path = MODELS[0]
    inputs, outputs = example(path)
    with path.open("rb") as file:
        assert_alike(mg_onnx.load(file), inputs, outputs)
    data = path.read_bytes()
    for source in (data, bytearray(data), io.BytesIO(data), str(path), onnx.load(path)):
        assert_alike(mg_onnx.load(source), inputs, outputs)
    proto = onnx.load(path)
    before = proto.SerializeToString()
    mg_onnx.load(proto)
    assert proto.SerializeToString() == before
    with pytest.raises(TypeError, match=r"expected a path, a file, bytes or an onnx\.ModelProto, got int"):
        mg_onnx.load(3)
    with pytest.raises(TypeError, match="reading bytes"):
        mg_onnx.load(io.StringIO("x"))
    with pytest.raises(FileNotFoundError):
        mg_onnx.load(tmp_path / "none.onnx")


def _two():
    nodes = [helper.make_node("Add", ["a", "b"], ["sum"]), helper.make_node("Sub", ["a", "b"], ["difference"])]
    inputs = [("a", TensorProto.FLOAT, ["n", 3]), ("b", TensorProto.FLOAT, ["n", 3])]
    return mg_onnx.load(model_of(nodes, inputs, ["sum", "difference"]))


def test_inputs_by_name_and_several_outputs():
    module = _two()
    assert (module.input_names, module.output_names) == (["a", "b"], ["sum", "difference"])
    a, b = mg.rand(2, 3), mg.rand(2, 3)
    for made in (module(a, b), module(a, b=b), module(b=b, a=a)):
        assert isinstance(made, tuple)
        assert mg.equal(made[0], a + b)
        assert mg.equal(made[1], a - b)


@pytest.mark.parametrize(
    ("args", "kwargs", "kind", "text"),
    [
        ((1,), {}, TypeError, r"\['b'\] are missing"),
        ((1, 1, 1), {}, TypeError, r"expected the inputs \['a', 'b'\], got 3 arguments"),
        ((1,), {"c": 1}, TypeError, "got 'c'"),
        ((1,), {"a": 1}, TypeError, "got 'a' twice"),
        ((mg.ones(2, 4), 1), {}, ValueError, r"the input 'a': expected the shape \(n, 3\), got \(2, 4\)"),
        ((1, mg.ones(3)), {}, ValueError, r"the input 'b': expected the shape"),
        ((mg.ones(2, 3, dtype=mg.int64), 1), {}, TypeError, "expected a tensor of float32, got int64"),
        ((np.ones((2, 3)), 1), {}, TypeError, "expected a Tensor, got ndarray"),
    ],
)
def test_faulty_inputs(args, kwargs, kind, text):
    fine = mg.ones(2, 3)
    args = [fine if isinstance(x, int) else x for x in args]
    kwargs = {k: fine if isinstance(x, int) else x for k, x in kwargs.items()}
    with pytest.raises(kind, match=text):
        _two()(*args, **kwargs)


def test_names_become_attributes():
    arrays = {"a.b": np.ones(3, np.float32), "a.b.c": np.ones(3, np.float32), "forward": np.ones(3, np.float32)}
    arrays |= {"x/y:0": np.ones(3, np.float32), "x_y_0": np.ones(3, np.float32)}
    nodes = [helper.make_node("Sum", ["x", *arrays], ["y"])]
    module = mg_onnx.load(model_of(nodes, ["x"], ["y"], arrays))
    assert set(module.state_dict()) == {"forward_", "x_y_0", "x_y_0_", "a.b", "a.b_c"}
    assert mg.equal(module(mg.zeros(3)), mg.full((3,), 5.0))


def test_what_is_trained():
    arrays = {
        "weight": np.ones((3, 3), np.float32), "mask": np.array([[0.0, -np.inf, 0.0]], np.float32),
        "numbers": np.arange(100), "shape": np.array([-1, 3]), "scale": np.array(2.0, np.float32),
    }  # fmt: skip
    nodes = [
        helper.make_node("Reshape", ["x", "shape"], ["r"]), helper.make_node("MatMul", ["r", "weight"], ["m"]),
        helper.make_node("Mul", ["m", "scale"], ["s"]), helper.make_node("Add", ["s", "mask"], ["y"]),
        helper.make_node("ReduceSum", ["numbers"], ["z"], keepdims=0),
    ]  # fmt: skip
    module = mg_onnx.load(model_of(nodes, ["x"], ["y", ("z", TensorProto.INT64, [])], arrays))
    assert [n for n, _ in module.named_parameters()] == ["weight"]
    assert {n for n, _ in module.named_buffers()} == {"mask", "numbers"}
    y, z = module(mg.ones(6))
    assert y.shape == (2, 3)
    assert z.item() == 4950


def test_half_precision():
    nodes = [helper.make_node("Mul", ["x", "w"], ["y"])]
    model = model_of(nodes, [("x", TensorProto.FLOAT16, [3])], [("y", TensorProto.FLOAT16, [3])],
                     {"w": np.ones(3, np.float16)})  # fmt: skip
    module = mg_onnx.load(model)
    assert module(mg.ones(3).half()).dtype is mg.float16


# ----------------------------------------------------------------------------------- external data


def _external(folder, location, offset="0", length="12"):
    model = model_of([helper.make_node("Add", ["x", "w"], ["y"])], ["x"], ["y"], {"w": np.arange(3, dtype=np.float32)})
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", offset), ("length", length)):
        tensor.external_data.add(key=key, value=value)
    path = folder / "model.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def test_external_data(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "w.bin").write_bytes(b"1234" + np.arange(3, dtype=np.float32).tobytes())
    path = _external(tmp_path, "inner/w.bin", offset="4")
    assert mg_onnx.load(path)(mg.zeros(3)).tolist() == [0, 1, 2]
    with pytest.raises(mg_onnx.InvalidModelError, match="load the model by its path"):
        mg_onnx.load(path.read_bytes())


@pytest.mark.parametrize(
    ("location", "offset", "length", "text"),
    [
        ("../w.bin", "0", "12", "outside of the model's folder"),
        ("/etc/passwd", "0", "12", "outside of the model's folder"),
        ("", "0", "12", "outside of the model's folder"),
        ("link", "0", "12", "outside of the model's folder"),
        ("none.bin", "0", "12", "cannot read"),
        (".", "0", "12", "outside of the model's folder"),
        ("w.bin", "4", "12", "which has 12"),
        ("w.bin", "-4", "4", "which has 12"),
        ("w.bin", "0", "999999999999999999999999", "which has 12"),
        ("w.bin", "x", "12", "cannot read"),
    ],
)
def test_faulty_external_data(tmp_path, location, offset, length, text):
    folder = tmp_path / "model"
    folder.mkdir()
    for where in (folder, tmp_path):
        (where / "w.bin").write_bytes(bytes(12))
    (folder / "link").symlink_to(tmp_path / "w.bin")
    with pytest.raises(mg_onnx.InvalidModelError, match=text):
        mg_onnx.load(_external(folder, location, offset, length))


# ----------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (("NonMaxSuppression", ["x", "x"], ["y"], {}), r"NonMaxSuppression 'n' \(output 'y'\), opset 18: the operator"),
        (("Mine", ["x"], ["y"], {"domain": "com.example"}), "the domain 'com.example' are not supported"),
        (("MaxPool", ["x"], ["y", "i"], {"kernel_shape": [2], "storage_order": 1}), "storage_order is 1"),
        (("Cast", ["x"], ["y"], {"to": TensorProto.INT4}), r"Cast 'n' \(output 'y'\): there are no tensors of int4"),
        (("LSTM", ["x", "w", "w"], ["y"], {"activations": ["Affine"] * 3}), "activations"),
        (("RNN", ["x", "w", "w"], ["y"], {"activation_alpha": [0.5]}), "activation_alpha"),
    ],
)
def test_unsupported_nodes(node, text):
    kind, inputs, outputs, options = node
    made = helper.make_node(kind, inputs, outputs, name="n", **options)
    model = model_of([made], ["x", "w"], ["y"])
    if "domain" in options:
        model.opset_import.append(helper.make_opsetid(options["domain"], 1))
    with pytest.raises(mg_onnx.UnsupportedNodeError, match=text) as caught:
        mg_onnx.load(model)
    assert isinstance(caught.value, NotImplementedError)


def test_attributes_that_nobody_asks_for(monkeypatch):
    monkeypatch.setitem(OPERATORS, "Elu", Operator(lambda node: mg.relu))
    node = helper.make_node("Elu", ["x"], ["y"], alpha=2.0)
    with pytest.raises(mg_onnx.UnsupportedNodeError, match=r"Elu \(output 'y'\), opset 18: the attributes \['alpha'\]"):
        mg_onnx.load(model_of([node], ["x"], ["y"]))


def test_opsets_that_are_not_known():
    node = helper.make_node("Relu", ["x"], ["y"])
    for opset in (6, 1, 29, 1000, -1):
        with pytest.raises(mg_onnx.InvalidModelError, match=f"opset {opset}"):
            mg_onnx.load(model_of([node], ["x"], ["y"], opset=opset))


def test_an_error_of_a_node_names_it():
    node = helper.make_node("MatMul", ["x", "w"], ["y"], name="n")
    module = mg_onnx.load(model_of([node], [("x", 1, ["n", "m"])], ["y"], {"w": np.ones((3, 3), np.float32)}))
    with pytest.raises(RuntimeError, match=r"MatMul 'n' \(output 'y'\): "):
        module(mg.ones(2, 4))


def test_damaged_files():
    data = MODELS[0].read_bytes()
    rng = np.random.default_rng(0)
    faults = 0
    for number in range(150):
        damaged = bytearray(data)
        if number % 2:
            del damaged[int(rng.integers(len(data))) :]
        for where in rng.integers(0, len(damaged) or 1, 1 + number % 8):
            damaged[where : where + 1] = bytes([int(rng.integers(256))])
        try:
            mg_onnx.load(bytes(damaged))
        except (mg_onnx.InvalidModelError, mg_onnx.UnsupportedNodeError):
            faults += 1
    assert faults > 75
    for rubbish in (b"", b"\0", b"not a model", rng.bytes(1000), b"\x08" * 5000, b"\xff" * 64):
        with pytest.raises(mg_onnx.InvalidModelError):
            mg_onnx.load(rubbish)


def test_hostile_graphs():
    relu = helper.make_node("Relu", ["x"], ["y"])
    cycle = [helper.make_node("Add", ["x", "b"], ["a"]), helper.make_node("Relu", ["a"], ["b"])]
    with pytest.raises(mg_onnx.InvalidModelError):
        mg_onnx.load(model_of(cycle, ["x"], ["b"]))
    with pytest.raises(mg_onnx.InvalidModelError):
        mg_onnx.load(model_of([helper.make_node("Add", ["x", "missing"], ["y"])], ["x"], ["y"]))
    for dims in ([2**40], [2**62, 2**62], [-5], [3, 10**9]):
        model = model_of([helper.make_node("Add", ["x", "w"], ["y"])], ["x"], ["y"])
        model.graph.initializer.add(name="w", data_type=1, dims=dims, raw_data=bytes(12))
        with pytest.raises(mg_onnx.InvalidModelError):
            mg_onnx.load(model)
    model = model_of([relu], ["x"], ["y"])
    model.functions.append(
        helper.make_function(
            "f", "Again", ["x"], ["y"], [helper.make_node("Again", ["x"], ["y"], domain="f")], model.opset_import
        )
    )
    model.graph.node[0].CopyFrom(helper.make_node("Again", ["x"], ["y"], domain="f"))
    model.opset_import.append(helper.make_opsetid("f", 1))
    with pytest.raises(mg_onnx.InvalidModelError, match="Cycle"):
        mg_onnx.load(model)
    huge = model_of([helper.make_node("ConstantOfShape", ["n"], ["y"])], [("n", TensorProto.INT64, [1])], ["y"])
    with pytest.raises((MemoryError, RuntimeError)):
        mg_onnx.load(huge)(mg.tensor([2**45]))


def test_functions_that_grow():
    model = model_of([helper.make_node("F9", ["x"], ["y"], domain="f")], ["x"], ["y"])
    model.opset_import.append(helper.make_opsetid("f", 1))
    for level in range(10):
        kind = {"op_type": f"F{level - 1}", "domain": "f"} if level else {"op_type": "Relu"}
        names = ["x", *[f"t{i}" for i in range(9)], "y"]
        nodes = [helper.make_node(inputs=[a], outputs=[b], **kind) for a, b in itertools.pairwise(names)]
        model.functions.append(helper.make_function("f", f"F{level}", ["x"], ["y"], nodes, model.opset_import))
    with pytest.raises(mg_onnx.InvalidModelError, match="10000000000 nodes"):
        mg_onnx.load(model)
    del model.functions[3:]
    model.graph.node[0].op_type = "F2"
    assert mg_onnx.load(model)(mg.tensor([-1.0, 2.0])).tolist() == [0, 2]
