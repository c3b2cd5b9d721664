"""Files for TensorBoard: what was written is what TensorBoard's own reader finds, under torch's names too."""

import io
import itertools
import struct
import zlib

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn
from mocrograd.compat import imports
from mocrograd.utils.pictures import png

pytest.importorskip("tensorboard", reason="tensorboard is not installed")

from mocrograd.utils.tensorboard import SummaryWriter
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata, plugin_data_pb2


def read(folder):
    found = EventAccumulator(str(folder), size_guidance={"scalars": 0, "histograms": 0, "images": 0, "tensors": 0})
    return found.Reload()


def unfiltered(data):
    """Return the rows of a PNG picture whose rows are stored as they are."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at, parts = 8, {}
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length) == (zlib.crc32(kind + body),)
        parts[kind], at = body, at + 12 + length
    width, height, depth, colour = struct.unpack_from(">IIBB", parts[b"IHDR"])
    assert depth == 8
    channels = {0: 1, 2: 3, 6: 4}[colour]
    rows = np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8).reshape(height, 1 + width * channels)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, channels)


def test_scalars_come_back(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        for step in range(30):
            writer.add_scalar("loss", mg.tensor(1 / (step + 1)), step, walltime=1000.0 + step)
        writer.add_scalar("plain", 3, 7)
        writer.add_scalar("precise", np.float64(0.1), 1, new_style=True, double_precision=True)
    found = read(tmp_path)
    events = found.Scalars("loss")
    assert [e.step for e in events] == list(range(30))
    assert [e.wall_time for e in events] == [1000.0 + step for step in range(30)]
    assert [e.value for e in events] == [float(np.float32(1 / (step + 1))) for step in range(30)]
    assert [(e.step, e.value) for e in found.Scalars("plain")] == [(7, 3.0)]
    (tensor,) = found.Tensors("precise")
    assert tensor.tensor_proto.double_val == [0.1]
    with pytest.raises(ValueError, match=r"'loss' should have one element, got shape \[2\]"):
        writer.add_scalar("loss", mg.ones(2))


def test_scalars_of_one_chart_have_folders_of_their_own(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalars("run/loss", {"train": 1.0, "test": mg.tensor([2.0])}, 4)
    for name, value in (("train", 1.0), ("test", 2.0)):
        assert [(e.step, e.value) for e in read(tmp_path / f"run_loss_{name}").Scalars("run/loss")] == [(4, value)]


def test_histograms_count_every_finite_value(tmp_path):
    mg.manual_seed(0)
    values = mg.cat([mg.randn(1000), mg.tensor([float("nan"), float("inf")])])
    with SummaryWriter(tmp_path) as writer:
        writer.add_histogram("weights", values, 1)
        writer.add_histogram("ten", values.double(), 1, bins=40, max_bins=10)
        writer.add_histogram("one", mg.zeros(3), 1)
        with pytest.raises(ValueError, match="'none' has no finite value"):
            writer.add_histogram("none", mg.ones(0))
    found = read(tmp_path)
    finite = values[:1000].numpy().astype(np.float64)
    content = found.Histograms("weights")[0].histogram_value
    assert (content.num, content.min, content.max) == (1000, finite.min(), finite.max())
    assert content.sum == pytest.approx(finite.sum())
    assert content.sum_squares == pytest.approx((finite**2).sum())
    limits = np.array(content.bucket_limit)
    counts = [np.count_nonzero((finite > low) & (finite <= high)) for low, high in itertools.pairwise(limits)]
    assert content.bucket == [0, *counts]
    assert sum(found.Histograms("ten")[0].histogram_value.bucket) == 1000
    assert len(found.Histograms("ten")[0].histogram_value.bucket) == 11
    assert found.Histograms("one")[0].histogram_value.bucket == [0, 3]


@pytest.mark.parametrize("dimensions", ["CHW", "HWC", "WHC", "hw", "NCHW"])
def test_pictures_keep_their_pixels(tmp_path, dimensions):
    pixels = np.random.default_rng(0).integers(0, 256, (10, 3, 5, 4), dtype=np.uint8)
    names = "NCHW"
    given = pixels
    for name in names:
        if name not in dimensions.upper():
            given, names = given.take(0, names.index(name)), names.replace(name, "")
    given = given.transpose([names.index(name) for name in dimensions.upper()])
    with SummaryWriter(tmp_path) as writer:
        writer.add_image("bytes", given, 2, dataformats=dimensions)
        writer.add_image("numbers", mg.from_numpy(given / np.float32(255)), 2, dataformats=dimensions)
        with pytest.raises(ValueError, match="does not fit shape"):
            writer.add_image("wrong", given, dataformats="CHWC")
        with pytest.raises(ValueError, match="channels, got 2"):
            writer.add_image("wrong", mg.ones(2, 3, 3))
    found = read(tmp_path)
    event = found.Images("bytes")[0]
    shown = unfiltered(event.encoded_image_string)
    assert (event.height, event.width) == shown.shape[:2]
    first = shown[:5, :4]
    assert np.array_equal(
        first, pixels[0, [0, 0, 0] if "C" not in dimensions.upper() else [0, 1, 2]].transpose(1, 2, 0)
    )
    if dimensions == "NCHW":
        assert shown.shape == (10, 32, 3)
        assert np.array_equal(shown[5:, 4:8], pixels[9].transpose(1, 2, 0))
        assert not shown[5:, 8:].any()
    assert np.abs(unfiltered(found.Images("numbers")[0].encoded_image_string).astype(int) - shown).max() <= 1


def test_png_is_read_by_a_program_for_pictures():
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    for shape in ((3, 5), (3, 5, 3), (3, 5, 4)):
        pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
        assert np.array_equal(np.asarray(image.open(io.BytesIO(png(pixels)))), pixels)
    with pytest.raises(ValueError, match=r"got \(0, 5\) of uint8"):
        png(np.zeros((0, 5), np.uint8))


def test_texts_and_purges(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", 1.0, 5)
        writer.add_text("note", "**ü**", 3)
    with SummaryWriter(tmp_path, purge_step=4, filename_suffix=".second") as writer:
        writer.add_scalar("loss", 2.0, 4)
    assert len(list(tmp_path.glob("events.out.tfevents.*.second"))) == 1
    (event,) = read(tmp_path).Tensors("note/text_summary")
    assert (event.step, event.tensor_proto.string_val) == (3, ["**ü**".encode()])
    assert [(e.step, e.value) for e in read(tmp_path).Scalars("loss")] == [(4, 2.0)]


def test_a_closed_writer_opens_a_new_file(tmp_path):
    writer = SummaryWriter(tmp_path)
    writer.add_scalar("a", 1, 1)
    writer.close()
    writer.add_scalar("b", 2, 2)
    writer.flush()
    assert read(tmp_path).Scalars("b")[0].value == 2
    writer.close()


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
        self.second = nn.Linear(4, 2)

    def forward(self, x, y):
        hidden = self.first(x)
        return {"sum": self.second(hidden) + y, "hidden": hidden}


def test_a_graph_has_the_operations_in_boxes_of_layers(tmp_path, capsys):
    model = Branches().train()
    with SummaryWriter(tmp_path) as writer:
        writer.add_graph(model, (mg.ones(1, 3), mg.ones(1, 2)), verbose=True)
        with pytest.raises(TypeError, match="expected input_to_model"):
            writer.add_graph(model)
        with pytest.raises(ValueError, match="no output depends"):
            writer.add_graph(nn.Identity(), mg.ones(1))
    assert 'op: "Addmm"' in capsys.readouterr().out
    assert model.second.training
    nodes = {node.name: node for node in read(tmp_path).Graph().node}
    (linear,) = (name for name in nodes if name.startswith("Branches/Linear[second]/Addmm"))
    (relu,) = (name for name in nodes if name.startswith("Branches/Sequential[first]/ReLU[1]/Relu"))
    (total,) = (name for name in nodes if name.startswith("Branches/Add"))
    assert list(nodes[linear].input) == [relu, "Branches/second/weight", "Branches/second/bias"]
    assert list(nodes[total].input) == [linear, "input/1"]
    assert {name: list(node.input) for name, node in nodes.items() if node.op == "Output"} == {
        "output/0": [total],
        "output/1": [relu],
    }
    assert all(name in nodes for node in nodes.values() for name in node.input)
    shape = nodes["Branches/second/weight"].attr["_output_shapes"].list.shape[0]
    assert [dim.size for dim in shape.dim] == [2, 4]


def test_hyperparameters_come_back(tmp_path):
    values = {"lr": 0.1, "layers": mg.tensor(3), "kind": "sgd", "nesterov": True, "none": None}
    with SummaryWriter(tmp_path) as writer:
        writer.add_hparams(values, {"hparam/accuracy": 0.5}, {"kind": ["sgd", "adam"]}, run_name="run")
        with pytest.raises(TypeError, match="should be dictionary"):
            writer.add_hparams([], {})
        with pytest.raises(TypeError, match="list of same type"):
            writer.add_hparams({"kind": 1}, {}, {"kind": ["sgd"]})
        with pytest.raises(ValueError, match="'sizes' should be an int"):
            writer.add_hparams({"sizes": [1, 2]}, {})
    found = read(tmp_path / "run")
    assert found.Scalars("hparam/accuracy")[0].value == 0.5
    plugin = {
        tag: plugin_data_pb2.HParamsPluginData.FromString(found.summary_metadata[tag].plugin_data.content)
        for tag in (metadata.EXPERIMENT_TAG, metadata.SESSION_START_INFO_TAG, metadata.SESSION_END_INFO_TAG)
    }
    start = plugin[metadata.SESSION_START_INFO_TAG].session_start_info.hparams
    assert set(start) == {"lr", "layers", "kind", "nesterov"}
    assert (start["lr"].number_value, start["layers"].number_value) == (0.1, 3.0)
    assert (start["kind"].string_value, start["nesterov"].bool_value) == ("sgd", True)
    infos = {info.name: info for info in plugin[metadata.EXPERIMENT_TAG].experiment.hparam_infos}
    assert [value.string_value for value in infos["kind"].domain_discrete.values] == ["sgd", "adam"]


def test_the_default_folder_has_the_time(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with SummaryWriter(comment="_first") as writer:
        assert writer.get_logdir().startswith("runs/")
    (folder,) = (tmp_path / "runs").iterdir()
    assert folder.name.endswith("_first")


def test_figures_become_pictures(tmp_path):
    plt = pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    plt.use("agg")
    from matplotlib import pyplot

    figure = pyplot.figure(figsize=(2, 1), dpi=50, facecolor=(1, 0, 0))
    with SummaryWriter(tmp_path) as writer:
        writer.add_figure("figure", figure)
    pixels = unfiltered(read(tmp_path).Images("figure")[0].encoded_image_string)
    assert pixels.shape == (50, 100, 3)
    assert (pixels == [255, 0, 0]).all()
    assert not pyplot.fignum_exists(figure.number)


def test_scripts_for_torch_find_it_under_their_name(tmp_path):
    import subprocess
    import sys

    (tmp_path / "script.py").write_text(
        "import torch\nfrom torch.utils.tensorboard import SummaryWriter\n"
        "from torch.utils.tensorboard.writer import SummaryWriter as Same\nassert Same is SummaryWriter\n"
        "with SummaryWriter('out') as w:\n    w.add_scalar('loss', torch.tensor(0.5), 1)\n"
    )
    subprocess.run([sys.executable, "-m", "mocrograd", "run", "script.py"], cwd=tmp_path, check=True, timeout=60)
    assert read(tmp_path / "out").Scalars("loss")[0].value == 0.5


def test_the_same_as_torch_writes(tmp_path):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from torch.utils.tensorboard import SummaryWriter as Reference

    assert imports.NAMES not in __import__("sys").meta_path
    values = np.random.default_rng(0).standard_normal(500).astype(np.float32)
    pictures = np.random.default_rng(1).random((3, 3, 4, 5), dtype=np.float32)
    for kind, tensor, folder in ((SummaryWriter, mg.from_numpy, "ours"), (Reference, torch.from_numpy, "theirs")):
        with kind(str(tmp_path / folder)) as writer:
            writer.add_histogram("h", tensor(values), 0)
            writer.add_images("i", tensor(pictures), 0)
            writer.add_text("t", "text", 0)
    ours, theirs = read(tmp_path / "ours"), read(tmp_path / "theirs")
    assert ours.Histograms("h")[0].histogram_value == theirs.Histograms("h")[0].histogram_value
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    pixels = [np.asarray(image.open(io.BytesIO(r.Images("i")[0].encoded_image_string))) for r in (ours, theirs)]
    assert np.array_equal(*pixels)
    assert ours.Tensors("t/text_summary")[0].tensor_proto == theirs.Tensors("t/text_summary")[0].tensor_proto
