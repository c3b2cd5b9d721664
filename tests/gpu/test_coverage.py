"""What runs on the GPU: every kernel, but for the ones declared here with a reason."""

import mocrograd as mg
import pytest

pytestmark = pytest.mark.gpu
BY_TILES = {
    f"{name}.forward.bfloat16": "by matrix instructions of the processor; a GPU computes in float32"
    for name in ("conv", "conv_combine", "conv_frame", "conv_turn", "conv_weight")
}
"""Kernels that there are only where the processor may have tiles, or dot products of pairs: name -> reason."""
ON_THE_CPU_ALONE = BY_TILES | {
    f"scalar.{direction}.float64": "each node waits for the one before it" for direction in ("forward", "backward")
} | {
    f"attention.{direction}.bfloat16": "a GPU computes in float32, from copies" for direction in ("forward", "backward")
} | {
    f"fft_{step}.forward.{dtype}": "steps of a long row that workers share; a GPU has other ones"
    for step in ("columns", "rows")
    for dtype in ("float32", "float64")
} | {
    f"{name}.forward.{dtype}": "a GPU, where threads of a block share a row, reads rows of float32"
    for name in ("moments", "logsumexp")
    for dtype in ("float16", "bfloat16")
}  # fmt: skip
"""Kernels without a GPU form: name -> reason."""
ON_A_GPU_ALONE = {
    "matmul_tf32.forward.float32", "linear_tf32.backward.float32",
    *(f"{op}.{kind}" for op in ("matmul.forward", "linear.backward") for kind in ("float16", "bfloat16")),
    *(f"fft_{part}.forward.{kind}" for part in ("step", "pass", "times") for kind in ("float32", "float64")),
}  # fmt: skip
"""Kernels that have, or may have, no other form: matrix instructions, of which some CPUs have those of bfloat16 too, and
steps of Fourier transforms in shared memory."""


def test_every_kernel_has_a_gpu_form_or_a_reason():
    forms = mg.backend.FORMS
    missing = forms["tiled"].keys() - forms["gpu"].keys()
    assert missing | BY_TILES.keys() == ON_THE_CPU_ALONE.keys()
    assert forms["gpu"].keys() - forms["tiled"].keys() <= ON_A_GPU_ALONE
    assert {name for name in ON_A_GPU_ALONE if "tf32" not in name} <= forms["gpu"].keys()


def test_a_device_of_nvidia_has_products_of_tf32():
    accelerator = mg.backend.build_info()["matmul"]["accelerator"]
    if not accelerator.startswith("sm_"):
        pytest.skip(f"{accelerator} has no matrix instructions of TF32")
    assert {name for name in ON_A_GPU_ALONE if "tf32" in name} <= mg.backend.FORMS["gpu"].keys()


def test_a_missing_kernel_is_named():
    kernels = mg.device("gpu").table
    with pytest.raises(NotImplementedError, match=r'"nothing" not implemented for float32 on device gpu:0'):
        kernels["nothing.forward.float32"]
