"""torch's machinery that has no counterpart in the library: what programs on one machine need of it."""

import pickle
import sys

import mocrograd as mg
import mocrograd.torch as torch
import numpy as np
import pytest
from mocrograd import distributed as dist
from mocrograd import nn


def test_scripting_runs_the_python():
    from mocrograd.torch import jit

    @jit.script
    def double(x):
        return 2 * x

    layer = nn.Linear(2, 2)
    assert double(3) == 6
    assert jit.script(layer) is layer is jit.trace(layer, mg.ones(1, 2))
    assert not isinstance(layer, jit.ScriptModule)
    assert jit.ignore(double) is double is jit.ignore(drop=True)(double) is jit.export(double) is jit.unused(double)
    assert not jit.is_scripting()
    assert not jit.is_tracing()
    assert jit.annotate(list[int], [1]) == [1]
    assert jit.isinstance([1], list[int])
    assert jit.wait(jit.fork(double, 4)) == 8
    with pytest.raises(RuntimeError, match="eval mode"):
        jit.freeze(layer)
    assert jit.freeze(layer.eval()) is layer
    for call in (jit.save, jit.load):
        with pytest.raises(NotImplementedError, match=r"mocrograd\.export"):
            call("model.pt")


def test_names_are_looked_up_once():
    vars(torch).pop("arange", None)
    assert torch.arange is mg.arange
    assert vars(torch)["arange"] is mg.arange


def test_graphs_of_functions_are_refused():
    fx = torch.fx
    assert fx.wrap(len) is len
    assert fx.wrap("len") == "len"
    with pytest.raises(RuntimeError, match="either a callable or string"):
        fx.wrap(3)
    for call in (fx.symbolic_trace, fx.Graph, fx.GraphModule, fx.Proxy, fx.Tracer, torch.export.export):
        with pytest.raises(NotImplementedError, match=r"mocrograd\.(compile|onnx)"):
            call(nn.Linear(1, 1))
    assert not isinstance(nn.Linear(1, 1), fx.GraphModule)
    assert fx.node.map_aggregate([1, (2, {"a": slice(3)})], str) == ["1", ("2", {"a": slice("None", "3", "None")})]


def test_marks_of_the_compiler():
    compiler, dynamo = torch.compiler, torch._dynamo
    assert compiler.disable(len) is len is compiler.disable()(len) is dynamo.allow_in_graph(len)
    assert not compiler.is_compiling()
    seen = []

    @mg.compile
    def step(x):
        seen.append(torch.compiler.is_compiling())
        return (x + 1).sum()

    for _ in range(3):
        step(mg.ones(4))
    assert seen[:2] == [False, True]
    compiler.reset()
    compiler.cudagraph_mark_step_begin()
    with compiler.set_stance("force_eager"):
        dynamo.mark_dynamic(mg.ones(1), 0)
    dynamo.config.cache_size_limit = 64


def test_tensors_are_indices_in_mapped_functions():
    from mocrograd.torch._dynamo._trace_wrapped_higher_order_op import TransformGetItemToIndex

    table = mg.arange(6).view(2, 3)
    with TransformGetItemToIndex():
        assert mg.vmap(lambda i: table[1, i])(mg.tensor([2, 0])).tolist() == [5, 3]


def test_operations_of_ones_own():
    library = torch.library

    @library.custom_op("mocrotest::scale", mutates_args=())
    def scale(x: mg.Tensor, by: float) -> mg.Tensor:
        return x * by

    x = mg.ones(2, requires_grad=True)
    assert torch.ops.mocrotest.scale(x, 3.0).tolist() == [3, 3] == scale(x, by=3.0).tolist()
    assert torch.ops.mocrotest.scale.default is scale

    @scale.register_fake
    def _(x, by):
        return mg.empty_like(x)

    def backward(ctx, grad):
        return grad * 100, None

    scale.register_autograd(backward, setup_context=lambda ctx, inputs, output: None)
    scale(x, 3.0).sum().backward()
    assert x.grad.tolist() == [100, 100]
    own = library.Library("mocrotest", "FRAGMENT")
    own.define("shift(Tensor x) -> Tensor")
    with pytest.raises(NotImplementedError, match="'cpu' backend"):
        torch.ops.mocrotest.shift(x)
    own.impl("shift", lambda x: x + 1, "CompositeExplicitAutograd")
    assert torch.ops.mocrotest.shift(mg.zeros(1)).item() == 1
    assert torch.ops.aten.add.Tensor(1, mg.ones(1)).item() == 2
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        torch.ops.mocrotest.nothing  # noqa: B018
    with pytest.raises(ValueError, match="namespace::name"):
        library.custom_op("scale", mutates_args=())(len)


def test_models_of_a_folder(tmp_path):
    (tmp_path / "helper.py").write_text("import mocrograd as mg\ndef make(n):\n    return mg.nn.Linear(n, 1)\n")
    (tmp_path / "hubconf.py").write_text(
        "dependencies = ['mocrograd']\nfrom helper import make\n\ndef small(n=2, pretrained=False):\n"
        "    'A small one.'\n    return make(n)\n"
    )
    hub = torch.hub
    assert hub.load(str(tmp_path), "small", 3, source="local", trust_repo=True).in_features == 3
    assert "small" in hub.list(str(tmp_path), source="local")
    assert hub.help(str(tmp_path), "small", source="local") == "A small one."
    with pytest.raises(RuntimeError, match="Cannot find callable large"):
        hub.load(str(tmp_path), "large", source="local")
    with pytest.raises(NotImplementedError, match="clone"):
        hub.load("owner/repo", "small")
    with pytest.raises(ValueError, match="Unknown source"):
        hub.load(str(tmp_path), "small", source="nowhere")


def test_files_of_an_address(tmp_path, capsys):
    hub = torch.hub
    source = tmp_path / "weights.pt"
    mg.save({"a": mg.ones(2)}, source)
    found = hub.load_state_dict_from_url(source.as_uri(), str(tmp_path / "kept"), progress=False)
    assert found["a"].tolist() == [1, 1]
    source.unlink()
    again = hub.load_state_dict_from_url(source.as_uri(), str(tmp_path / "kept"), progress=False)
    assert again["a"].tolist() == [1, 1]
    (tmp_path / "other").write_bytes(b"12")
    with pytest.raises(RuntimeError, match="invalid hash value"):
        hub.download_url_to_file((tmp_path / "other").as_uri(), str(tmp_path / "copy"), "ffff", progress=False)


def test_one_process():
    assert not dist.is_initialized()
    for call in (dist.get_rank, dist.get_world_size, dist.barrier, lambda: dist.all_reduce(mg.ones(1))):
        with pytest.raises(ValueError, match="Default process group has not been initialized"):
            call()
    with pytest.raises(RuntimeError, match="no stores"):
        dist.TCPStore("localhost", 1)
    from mocrograd.distributed.tensor import DTensor

    assert not isinstance(mg.ones(1), DTensor)
    with pytest.raises(RuntimeError, match="not cut among processes"):
        DTensor()
    assert dist.ReduceOp.SUM is not dist.ReduceOp.MAX


def test_a_world_of_one():
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    alone = nn.parallel.DistributedDataParallel(model)
    assert next(iter(alone.state_dict())) == "module.0.weight"
    x = mg.rand(3, 2)
    with alone.no_sync():
        alone(x).sum().backward()
    assert model[0].weight.grad is not None
    with pytest.raises(RuntimeError, match="any parameter that requires a gradient"):
        nn.parallel.DistributedDataParallel(nn.ReLU())
    kept = pickle.loads(pickle.dumps(alone))
    assert mg.equal(kept.eval()(x), alone.eval()(x))


def test_memory_that_tensors_share():
    x = mg.arange(12, dtype=mg.int32).reshape(3, 4)
    memory = x.untyped_storage()
    assert memory.nbytes() == len(memory) == 48
    assert memory.data_ptr() == x.data_ptr() == x[1:].untyped_storage().data_ptr()
    assert x[1:].untyped_storage().size() == 48
    assert mg.zeros(5).untyped_storage().nbytes() == 20
    memory[0] = 7
    assert x[0, 0].item() == 7
    assert x.clone().untyped_storage().data_ptr() != memory.data_ptr()
    assert memory.clone().tolist() == memory.tolist()
    with pytest.raises(NotImplementedError, match="48 bytes cannot become 3"):
        memory.resize_(3)
    assert mg.UntypedStorage(4).nbytes() == 4
    assert sys.getsizeof(mg.UntypedStorage(1000)) - sys.getsizeof(mg.UntypedStorage(0)) == 1000


def test_parts_of_memory_and_memory_from_files(tmp_path):
    memory = mg.arange(6, dtype=mg.int32).untyped_storage()
    assert memory[4:12].nbytes() == 8
    assert memory[4:12].data_ptr() == memory.data_ptr() + 4
    part = mg.asarray(memory[4:12], dtype=mg.uint8)
    assert part.view(mg.int32).tolist() == [1, 2]
    part.zero_()
    assert memory[4] == 0
    assert mg.asarray(memory[4:4], dtype=mg.uint8).view(mg.float32).shape == (0,)
    assert mg.from_dlpack(mg.zeros(0, 3)).stride() == (3, 1)
    (tmp_path / "bytes").write_bytes(bytes(range(9)))
    assert mg.UntypedStorage.from_file(tmp_path / "bytes", nbytes=8).tolist() == list(range(8))
    with pytest.raises(RuntimeError, match="has 9 bytes, expected 10"):
        mg.UntypedStorage.from_file(tmp_path / "bytes", nbytes=10)
    with pytest.raises(NotImplementedError, match="shared=True"):
        mg.UntypedStorage.from_file(tmp_path / "bytes", shared=True, nbytes=8)


def test_archive_entries_of_a_file(tmp_path):
    real = pytest.importorskip("torch")
    values = {"x": mg.arange(6.0), "y": mg.ones(2, dtype=mg.int64)}
    mg.save(values, tmp_path / "ours.pt")
    real.save({"x": real.arange(6.0), "y": real.ones(2).long()}, tmp_path / "theirs.pt")
    for path in (tmp_path / "ours.pt", tmp_path / "theirs.pt"):
        found = []
        for reader_class in (torch.PyTorchFileReader, real._C.PyTorchFileReader):
            reader = reader_class(str(path))
            names = reader.get_all_records()
            found.append((sorted(names), [bytes(reader.get_record(name)) for name in sorted(names)]))
            assert reader.has_record("data.pkl")
            assert not reader.has_record("data.jpg")
            with pytest.raises(RuntimeError, match=r"data\.jpg"):
                reader.get_record("data.jpg")
        assert found[0] == found[1]
    reader = torch.PyTorchFileReader(tmp_path / "ours.pt")
    assert reader.get_storage_from_record("data/0", 6, mg.float32).tolist() == [0, 1, 2, 3, 4, 5]
    assert reader.version() == 3
    (tmp_path / "text").write_text("text")
    with pytest.raises(RuntimeError, match="failed reading zip archive"):
        torch.PyTorchFileReader(tmp_path / "text")


def test_transforms():
    fft = torch.fft
    assert fft.fftshift(mg.arange(5)).tolist() == [3, 4, 0, 1, 2]
    assert fft.ifftshift(fft.fftshift(mg.arange(5))).tolist() == [0, 1, 2, 3, 4]
    assert fft.fftfreq(4, 0.5).tolist() == [0, 0.5, -1, -0.5]
    assert fft.rfftfreq(4).tolist() == [0, 0.25, 0.5]
    assert fft.rfft(mg.ones(4)).tolist() == [4, 0, 0]
    assert fft is mg.fft


def test_what_the_arguments_of_to_mean():
    from mocrograd.torch._C import _nn

    torch = pytest.importorskip("torch")
    for call in (
        lambda m, f: f("cpu"), lambda m, f: f(m.float64), lambda m, f: f(m.device("cpu"), m.float32, True),
        lambda m, f: f(device="cpu", dtype=m.float64), lambda m, f: f(m.ones(2, dtype=m.float64)),
        lambda m, f: f(dtype=m.int64, non_blocking=True), lambda m, f: f(None, m.float64), lambda m, f: f(),
    ):  # fmt: skip
        found = []
        for m, parse in ((mg, _nn._parse_to), (torch, torch._C._nn._parse_to)):
            device, dtype, *rest = call(m, parse)
            found.append((device and str(device), dtype and str(dtype).split(".")[-1], rest))
        assert found[0] == found[1]


def test_normalisation_of_a_group_of_one():
    reference = pytest.importorskip("torch")
    found = []
    for m in (mg, reference):
        model = m.nn.Sequential(m.nn.BatchNorm1d(3, eps=0.01), m.nn.Sequential(m.nn.BatchNorm1d(3, momentum=None)))
        model(m.arange(12.0).reshape(4, 3).square())
        model[0].eval()
        model = m.nn.SyncBatchNorm.convert_sync_batchnorm(model)
        assert not model[0].training
        assert [type(x).__name__ for x in (model[0], model[1][0])] == ["SyncBatchNorm"] * 2
        x = m.arange(24.0).reshape(4, 3, 2).square().requires_grad_()
        for _ in range(2):
            y = model(x)
        (y * m.arange(24.0).reshape(4, 3, 2)).sum().backward()
        model.eval()
        found.append([t.detach().numpy() for t in (y, x.grad, model[0].weight.grad, model(x), *model.buffers())])
        with pytest.raises(ValueError, match="at least 2D"):
            model[0](x[0, 0])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)
    layer = nn.BatchNorm2d(2).eval()
    assert nn.SyncBatchNorm.convert_sync_batchnorm(layer).weight is layer.weight
