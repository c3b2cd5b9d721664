"""The ordinary tests with their tensors on a GPU, real or simulated: `pytest --device gpu`.

Tensors that name no device are made there, and what a test reads into NumPy is copied back for it. `CPU_ALONE` lists
what is left out, each with its reason; the run's summary counts it.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from types import CodeType
from typing import Any

import mocrograd as mg
import numpy as np
import pytest

PACKAGE = str(Path(mg.__file__).parent)
ARRAY = mg.Tensor.__array__.__code__
PASSES_ON = (str(Path(np.__file__).parent), mg.overriding.__file__, "<string>")

BAD_CALL = "tests/errors/test_badcalls.py::test_a_bad_call_raises_what_torch_raises"
CPU_ALONE: dict[str, tuple[str, ...]] = {
    "run on a GPU anyway": ("tests/gpu/",),
    "scripts, tools, pages and other processes, which make their own tensors": (
        *("tests/bench/", "tests/build/", "tests/datasets/", "tests/distributed/", "tests/docs/", "tests/examples/"),
        *("tests/export/", "tests/gpusim/", "tests/mojo/", "tests/packages/", "tests/playground/", "tests/tools/"),
        *("tests/typing/", "tests/utils/", "tests/scalar/", "tests/sklearn/", "tests/onnx/"),
    ),
    "programs whose data sets are on the host": (
        *("tests/train/test_benchmark.py", "tests/train/test_golden.py", "tests/train/test_report.py"),
        *("tests/train/test_live.py::test_planes_for_one", "tests/train/test_live.py::test_a_run_that_nobody"),
        "tests/train/test_sources.py",
    ),
    "texts that name a device": (
        "tests/nested/test_nested.py::test_the_ragged_size_is_no_number",
        "tests/nn/test_container.py::test_a_container_is_torchs[named parameters",
        "tests/nn/test_container.py::test_a_container_is_torchs[parameters",
        *("tests/ops/test_cast_narrow.py::test_printing_and", "tests/ops/test_complex.py::test_prints_as_torch"),
        *("tests/ops/test_complex_conj.py::test_views_are_those", "tests/ops/test_creation.py::test_python_numbers"),
        *("tests/ops/test_dtype_rules.py::test_print_options", "tests/ops/test_dtype_rules.py::test_the_default_dtype"),
        *("tests/ops/test_dtypes.py::test_printing_and", "tests/ops/test_invariants.py::test_any_numbers_print"),
        *("tests/ops/test_parity.py::test_printing", "tests/ops/test_printing_options.py"),
        "tests/sparse/test_tensors.py::test_printed_",
    ),
    "name the CPU as the device of a result": (
        "tests/autograd/test_functional.py::test_states_of_random_numbers_on_gpus",
        "tests/autograd/test_gradcheck.py::test_packed_sequences_convert",
        "tests/nn/test_flex_attention.py::test_attention_is_that_of_torch",
        "tests/nn/test_flex_attention.py::test_blocks_are_those_of_torch",
        *("tests/ops/test_complex.py::test_safetensors", "tests/ops/test_dtype_rules.py::test_options_that_mean"),
        *("tests/test_autocast.py::test_custom_functions", "tests/test_autocast.py::test_regions_nest_and_end"),
        "tests/test_serialization.py::test_where_tensors_go",
    ),
    "files that torch reads, which has no GPU where this one is simulated": (
        *("tests/sparse/test_tensors.py::test_files", "tests/ops/test_complex.py::test_files"),
        *("tests/ops/test_complex_conj.py::test_files_keep_the_views", "tests/test_torch_checkpoints.py"),
    ),
    "share memory with NumPy, or by DLPack": (
        "tests/autograd/test_aliases.py::test_arrays_of_numpy_share_memory",
        *("tests/ops/test_cast_narrow.py::test_numpy_and_dlpack", "tests/ops/test_complex_conj.py::test_refusals_are"),
        *("tests/ops/test_creation.py::test_numpy_", "tests/ops/test_creation.py::test_dlpack_"),
        *("tests/ops/test_creation.py::test_as_tensor_shares", "tests/ops/test_dtypes.py::test_dlpack_with_torch"),
        *("tests/ops/test_dtype_rules.py::test_asarray", "tests/ops/test_dtype_rules.py::test_frombuffer"),
        "tests/ops/test_gathering.py::test_an_index_that_changed_after_forward",
        *(
            "tests/ops/test_hostile_fields.py::test_capsules",
            "tests/ops/test_hostile_fields.py::test_views_keep_memory",
        ),
        "tests/ops/test_indexing_gradient.py::test_an_index_that_changed_after_forward",
    ),
    "NumPy's arrays as operands, which are on the host": (
        *("tests/ops/test_numpy_inputs.py", "tests/sparse/test_products.py::test_second_derivatives"),
    ),
    "count the host's memory, or measure the host": (
        "tests/autograd/test_functional.py::test_results_between_are_not_kept",
        *(
            "tests/ops/test_small_integers.py::test_no_operation_takes_more",
            "tests/test_checkpoints.py::test_memory_is_",
        ),
        *("tests/ops/test_small_integers.py::test_bools_take_no_more", "tests/test_profiler.py::test_the_roof_is_"),
    ),
    "calls without Python's checks, and the choice among kernels, which the CPU alone has": (
        *("tests/ops/test_compare_direct.py", "tests/ops/test_indexing_direct.py", "tests/ops/test_joining_direct.py"),
        *("tests/ops/test_normalization_direct.py", "tests/ops/test_out_direct.py", "tests/ops/test_reduce_direct.py"),
        *("tests/ops/test_softmax_direct.py", "tests/ops/test_matmul_batched.py"),
        "tests/ops/test_conv_minimal.py::test_a_compiled_step_decides_anew",
        "tests/ops/test_conv_minimal.py::test_the_shape_alone_chooses",
    ),
    "programs are generated, calls fused and shortcuts taken on the CPU alone": (
        *("tests/compiler/test_generate.py", "tests/compiler/test_in_place.py", "tests/compiler/test_plan.py"),
        *("tests/compiler/test_shortcut.py", "tests/test_profiler.py::test_compiled_steps_show_their_kernels"),
    ),
    "not recorded on a GPU: bundles of batches, checks of distributions, the lengths of ctc_loss": (
        "tests/train/test_bundles.py",
        "tests/distributions/test_compiled_checks.py",
        "tests/nn/test_loss.py::test_steps_with_ctc_are_recorded",
    ),
    "errors that a GPU tells when it is waited for, by the kernel that met them": (
        *(f"{BAD_CALL}[{name}" for name in ("embedding_bag index", "gather range", "gather negative", "scatter range")),
        *(f"{BAD_CALL}[{name}" for name in ("masked_scatter short", "MultiLabelMarginLoss label", "nn.MaxUnpool")),
        *(f"{BAD_CALL}[{name}" for name in ("multi_margin_loss class", "multilabel_margin_loss label")),
        f"{BAD_CALL}[apply_ of a number",
        "tests/autograd/test_inplace.py::test_setting_refuses_what_does_not_fit",
        "tests/nn/test_sparse.py::test_a_bag_of_unknown_rows_is_refused",
        "tests/nn/test_sparse.py::test_index_outside_the_table",
        "tests/ops/test_gathering.py::test_a_compiled_step_finds_an_entry_outside",
        "tests/ops/test_gathering.py::test_an_entry_outside_is_found_in_any_piece",
        "tests/ops/test_indexing.py::test_an_index_means_what_it_means_in_torch",
        "tests/sparse/test_compressed.py::test_indices_that_changed_later_stay_inside",
    ),
    "powers of float64 are within 1e-13 on a GPU, where exp and log compute them": (
        "tests/ops/test_transcendental_accuracy.py::test_powers_where_numbers_end[float64",
        "tests/ops/test_transcendental_accuracy.py::test_powers[float64",
    ),
    "write to one address from several elements, in an order that only the CPU has": (
        "tests/autograd/test_views_of_expanded.py::test_changes_of_parts_reach_the_whole[False-copy_-row of windows]",
    ),
}
"""Beginnings of the names of tests that are left out on a GPU, by the reason."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--device", choices=("cpu", "gpu"), default="cpu", help="where the tests make their tensors")


def pytest_configure(config: pytest.Config) -> None:
    if config.option.device == "gpu":
        config.pluginmanager.register(OnGpu(), "on_gpu")


def reason_of(nodeid: str) -> str | None:
    """Return why a test is left out on a GPU."""
    return next((reason for reason, names in CPU_ALONE.items() if nodeid.startswith(names)), None)


class OnGpu:
    """Makes the GPU the default device of a run, and copies what tests read."""

    def __init__(self) -> None:
        if mg.backend.device_count() == 0:
            raise pytest.UsageError(f"--device gpu: {mg.backend.device_report()[-1]}")
        self.left_out: Counter[str] = Counter()
        self.gpu = mg.device("gpu")
        mg.set_default_device(self.gpu)
        mg.Tensor.numpy = to_the_host(mg.Tensor.numpy)
        mg.from_numpy = from_the_host(mg.from_numpy)
        mg.from_dlpack = from_the_host(mg.from_dlpack)
        mg.frombuffer = from_the_host(mg.frombuffer)
        mg.autocast = elsewhere(mg.autocast, self.gpu)
        pytest.raises = with_what_the_device_met(pytest.raises)

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        reasons = {item: reason for item in items if (reason := reason_of(item.nodeid))}
        self.left_out.update(reasons.values())
        items[:] = [item for item in items if item not in reasons]
        config.hook.pytest_deselected(items=list(reasons))

    @pytest.fixture(autouse=True)
    def on_the_gpu(self) -> Iterator[None]:
        """Hold the default device, and find bad values that nobody saw."""
        mg.set_default_device(self.gpu)
        yield
        mg.set_default_device(self.gpu)
        mg.cuda.synchronize()

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["left_out"] = dict(self.left_out)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take from a worker what it left out; all of them leave out the same."""
        self.left_out = Counter(getattr(node, "workeroutput", {}).get("left_out", self.left_out))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for reason, count in self.left_out.items():
            terminalreporter.write_line(f"left out on a GPU: {count} tests: {reason}")


def asked_by_a_test() -> bool:
    """Return whether the call comes from outside of the library, directly, through NumPy or a class's overriding."""
    frame = sys._getframe(2)
    while frame.f_back and is_between(frame.f_code):
        frame = frame.f_back
    return not frame.f_code.co_filename.startswith(PACKAGE)


def is_between(code: CodeType) -> bool:
    """Return whether code only passes a call on."""
    return code is ARRAY or code.co_filename.startswith(PASSES_ON)


def to_the_host(numpy: Any) -> Any:
    """Return `Tensor.numpy` that copies for tests; the library's own calls meet the device's refusal."""

    @wraps(numpy)
    def read(self: mg.Tensor, **options: Any) -> Any:
        if self.device.type == "gpu" and not self.requires_grad and asked_by_a_test():
            self = self.to("cpu")
        return numpy(self, **options)

    return read


def from_the_host(function: Any) -> Any:
    """Return a function that makes tensors over host memory, whose result is copied to the default device."""

    @wraps(function)
    def make(*args: Any, **options: Any) -> mg.Tensor:
        return function(*args, **options).to(mg.get_default_device())

    return make


def elsewhere(autocast: Any, gpu: mg.device) -> Any:
    """Return `autocast` for a GPU where a test asks for the CPU's, with the dtype that it has by default there."""

    @wraps(autocast)
    def cast(device_type: Any, dtype: Any = None, *args: Any, **options: Any) -> Any:
        if device_type != "cpu":
            return autocast(device_type, dtype, *args, **options)
        return autocast(gpu.type, dtype or mg.bfloat16, *args, **options)

    return cast


def with_what_the_device_met(raises: Any) -> Any:
    """Return `pytest.raises` that waits for the device, whose kernels cannot raise by themselves, at the block's end."""

    @contextmanager
    def block(*args: Any, **options: Any) -> Iterator[Any]:
        with raises(*args, **options) as caught:
            yield caught
            mg.cuda.synchronize()

    return block
