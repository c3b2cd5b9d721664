"""What programs find under the name torchvision besides data sets and transforms: models, grids, files of pictures."""

import subprocess
import sys

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.torchvision import models, utils
from mocrograd.torchvision.ops import FrozenBatchNorm2d


def sizes(model):
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(
    ("name", "count"),
    [("resnet18", 11_689_512), ("resnet34", 21_797_672), ("resnet50", 25_557_032), ("resnext50_32x4d", 25_028_904)],
)
def test_networks_have_the_published_numbers_of_parameters(name, count):
    assert sizes(getattr(models, name)()) == count


@pytest.mark.parametrize(
    ("name", "count", "last"),
    [("vgg11", 9_220_480, 20), ("vgg13_bn", 9_410_880, 34), ("vgg16", 14_714_688, 30), ("vgg19_bn", 20_035_392, 52)],
)
def test_features_of_vgg(monkeypatch, name, count, last):
    monkeypatch.setattr(models.VGG, "__init__", lambda self, features, **_: setattr(type(self), "made", features))
    make = getattr(models, name)
    make()
    assert sizes(models.VGG.made) == count
    assert str(last) in models.VGG.made._modules
    del models.VGG.made


def test_names_of_parameters_are_those_of_published_files():
    names = list(models.resnet18(num_classes=3).state_dict())
    assert names[:7] == [
        "conv1.weight",
        *(f"bn1.{part}" for part in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")),
        "layer1.0.conv1.weight",
    ]
    assert {"layer2.0.downsample.0.weight", "layer4.1.bn2.bias", "fc.weight"} < set(names)
    assert len(names) == 122
    assert list(models.alexnet(num_classes=2).state_dict())[-2:] == ["classifier.6.weight", "classifier.6.bias"]


def test_a_network_trains():
    mg.manual_seed(0)
    model = models.resnet18(num_classes=2, zero_init_residual=True)
    x, y = mg.randn(4, 3, 32, 32), mg.tensor([0, 1, 0, 1])
    optimizer = mg.optim.SGD(model.parameters(), lr=0.01)
    losses = []
    for _ in range(4):
        optimizer.zero_grad()
        loss = mg.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_blocks_that_there_are_not():
    from mocrograd.torchvision.models.resnet import BasicBlock

    with pytest.raises(ValueError, match="groups=1 and base_width=64"):
        BasicBlock(64, 64, groups=2)
    with pytest.raises(NotImplementedError, match="Dilation > 1"):
        BasicBlock(64, 64, dilation=2)
    with pytest.raises(ValueError, match="3-element tuple"):
        models.resnet50(replace_stride_with_dilation=(True,))


def test_weights_by_name():
    kind = models.ResNet50_Weights
    assert kind.DEFAULT is kind.IMAGENET1K_V2
    assert kind.IMAGENET1K_V1.url.endswith("/resnet50-0676ba61.pth")
    assert repr(models.VGG16_Weights.DEFAULT.transforms()).startswith("Compose(")
    assert models.VGG16_Weights.DEFAULT.transforms()(mg.zeros(3, 300, 400, dtype=mg.uint8)).shape == (3, 224, 224)
    with pytest.raises(TypeError, match="expected AlexNet_Weights but received ResNet50_Weights"):
        models.alexnet(weights=kind.DEFAULT)
    with pytest.raises(KeyError):
        models.alexnet(weights="IMAGENET")


def test_grids():
    x = mg.arange(2.0 * 3 * 4).reshape(2, 1, 3, 4)
    grid = utils.make_grid([x[0], x[1], x[0]], nrow=2, padding=1, pad_value=-1)
    wanted = np.full((3, 9, 11), -1.0)
    for number, (top, left) in enumerate([(1, 1), (1, 6), (5, 1)]):
        wanted[:, top : top + 3, left : left + 4] = x[number % 2].numpy()
    np.testing.assert_array_equal(grid.numpy(), wanted)
    assert utils.make_grid(x[0, 0]).shape == (3, 3, 4)
    np.testing.assert_allclose(utils.make_grid(x[:1], normalize=True)[0].numpy(), x[0, 0].numpy() / 11, rtol=1e-6)
    both = utils.make_grid(x, normalize=True, scale_each=True, padding=0)
    np.testing.assert_allclose(both[0, :, 4:].numpy(), x[0, 0].numpy() / 11, rtol=1e-6)
    clipped = utils.make_grid(x, normalize=True, value_range=(0, 10), padding=0)
    assert float(clipped.max()) == 1
    with pytest.raises(TypeError, match="tensor or list of tensors expected"):
        utils.make_grid("x")
    with pytest.raises(TypeError, match="value_range has to be a tuple"):
        utils.make_grid(x, normalize=True, value_range=[0, 1])


def test_files_of_pictures(tmp_path):
    Image = pytest.importorskip("PIL.Image")
    x = mg.rand(2, 3, 5, 6)
    utils.save_image(x, tmp_path / "grid.png", padding=0)
    read = np.asarray(Image.open(tmp_path / "grid.png")).transpose(2, 0, 1)
    np.testing.assert_array_equal(read[:, :, 6:], (x[1].numpy() * np.float32(255) + np.float32(0.5)).astype(np.uint8))


def test_frozen_batch_norm_is_batch_norm_in_evaluation():
    norm = mg.nn.BatchNorm2d(3)
    frozen = FrozenBatchNorm2d(3)
    norm.train()(mg.randn(4, 3, 5, 5) * 2 + 1)
    with mg.no_grad():
        norm.weight.uniform_()
        norm.bias.uniform_()
    assert frozen.load_state_dict(norm.state_dict()) == ([], [])
    x = mg.randn(2, 3, 4, 4)
    np.testing.assert_allclose(frozen(x).numpy(), norm.eval()(x).detach().numpy(), rtol=1e-5, atol=1e-6)
    assert list(frozen.parameters()) == []
    assert repr(frozen) == "FrozenBatchNorm2d(3, eps=1e-05)"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("from torchvision.ops import nms", "ImportError: torchvision.ops.nms is compiled against torch itself"),
        ("import torchvision; torchvision.ops.roi_align", "ImportError: torchvision.ops.roi_align is compiled"),
        ("import torchvision; torchvision.ops.x", "AttributeError: module 'torchvision.ops' has no attribute 'x'"),
        ("import torchvision; torchvision.io", "ImportError: torchvision.io is compiled against torch itself"),
        ("import torchvision; torchvision.nothing", "AttributeError: module 'torchvision' has no attribute 'nothing'"),
    ],
)
def test_what_is_not_here(line, error):
    code = f"import mocrograd.as_torch\n{line}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert error in done.stderr.splitlines()[-1]
