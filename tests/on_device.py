"""The ordinary tests with their tensors on a GPU, real or simulated: `pytest --device gpu`.

Tensors that name no device are made there, and what a test reads into NumPy is copied back for it. `CPU_ALONE` lists
what is left out, each with its reason; the run's summary counts it.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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
FAILS = "tests/autograd/test_inplace.py::test_a_change_that_fails_is_none"
EXPANDED = "tests/autograd/test_views_of_expanded.py::test_changes_of_parts_reach_the_whole"
AUTOCAST = "tests/test_autocast.py::test_dtypes_of_results_are_torchs"
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
        *("tests/test_cli.py::test_train_", "tests/test_cli.py::test_implementation_", "tests/test_cli.py::test_bench"),
        "tests/test_cli.py::test_ctrl_c_leaves_what_was_reached",
    ),
    "texts that name a device": (
        "tests/compat/test_results.py::test_a_result_is_copied_and_pickled",
        "tests/compat/test_results.py::test_text[",
        "tests/compat/test_torch_modules.py::test_operations_of_ones_own",
        "tests/func/test_vmap.py::test_a_batched_tensor_shows_its_value",
        "tests/nested/test_nested.py::test_the_ragged_size_is_no_number",
        "tests/nn/test_container.py::test_a_container_is_torchs[named parameters",
        "tests/nn/test_container.py::test_a_container_is_torchs[parameters",
        *("tests/ops/test_cast_narrow.py::test_printing_and", "tests/ops/test_complex.py::test_prints_as_torch"),
        *("tests/ops/test_complex_conj.py::test_views_are_those", "tests/ops/test_creation.py::test_python_numbers"),
        *("tests/ops/test_dtype_rules.py::test_print_options", "tests/ops/test_dtype_rules.py::test_the_default_dtype"),
        *("tests/ops/test_dtypes.py::test_printing_and", "tests/ops/test_invariants.py::test_any_numbers_print"),
        *("tests/ops/test_parity.py::test_printing", "tests/ops/test_printing_options.py"),
        *("tests/sparse/test_tensors.py::test_printed_", "tests/test_notebook.py::test_vectors_and_matrices"),
    ),
    "name the CPU as the device of a result": (
        *(f"tests/backend/test_{name}" for name in ("backend.py::test_devices_are_one", "meta.py::test_modules_get")),
        "tests/backend/test_meta.py::test_operations_give_shapes[host_scalar",
        "tests/backend/test_meta.py::test_values_are_refused[<lambda>-RuntimeError-at least two devices",
        "tests/compat/test_device_names.py::test_tensors_of_the_cpu_are_on_the_one_cpu",
        "tests/compat/test_device_names.py::test_the_default_device[with",
        "tests/compat/test_devices_and_switches.py::test_the_device_that_scripts_choose",
        "tests/compat/test_torch_modules.py::test_what_the_arguments_of_to_mean",
        "tests/compiler/test_functions.py::test_what_cannot_be_replayed_runs_eagerly_and_says_why[<lambda>-reads a t",
        "tests/autograd/test_functional.py::test_states_of_random_numbers_on_gpus",
        "tests/autograd/test_gradcheck.py::test_packed_sequences_convert",
        "tests/nn/test_flex_attention.py::test_attention_is_that_of_torch",
        "tests/nn/test_flex_attention.py::test_blocks_are_those_of_torch",
        *("tests/ops/test_complex.py::test_safetensors", "tests/ops/test_dtype_rules.py::test_options_that_mean"),
        *("tests/test_autocast.py::test_custom_functions", "tests/test_autocast.py::test_regions_nest_and_end"),
        *("tests/test_renamed.py::test_a_file_of_before", "tests/test_serialization.py::test_where_tensors_go"),
    ),
    "say what there is on a machine without a GPU": (
        "tests/ops/test_operators.py::test_the_page_is_up_to_date",
        "tests/compat/test_devices_and_switches.py::test_constructors_on_a_gpu",
        *("tests/compat/test_formats.py::test_what_a_tensor_is_not", "tests/compat/test_pytorch_page.py"),
        "tests/compat/test_sharing.py::test_sharing_keeps_what_a_tensor_is",
        *(f"tests/fuzz/test_fuzz.py::test_methods[{name}]" for name in ("cuda", "get_device", "is_shared")),
        "tests/fuzz/test_fuzz.py::test_functions[.get_device]",
    ),
    "files that torch reads, which has no GPU where this one is simulated": (
        *("tests/sparse/test_tensors.py::test_files", "tests/ops/test_complex.py::test_files"),
        *("tests/ops/test_complex_conj.py::test_files_keep_the_views", "tests/test_torch_checkpoints.py"),
    ),
    "share memory with NumPy or files, or by DLPack": (
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
        "tests/compat/test_sharing.py::test_files_are_closed_with_the_last_tensor",
        "tests/compat/test_torch_modules.py::test_parts_of_memory_and_memory_from_files",
        "tests/fuzz/test_fuzz.py::test_methods[resize_]",
        "tests/test_safetensors_slices.py::test_closed_files_are_given_back",
    ),
    "NumPy's arrays as operands, which are on the host": (
        *("tests/ops/test_numpy_inputs.py", "tests/sparse/test_products.py::test_second_derivatives"),
    ),
    "count the host's memory, or measure the host": (
        "tests/autograd/test_functional.py::test_results_between_are_not_kept",
        "tests/autograd/test_run_nodes.py::test_memory_comes_back[loss-",
        "tests/backend/test_backend.py::test_memory_stats_count_what_lives",
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
        "tests/backend/test_packing.py::test_what_is_read_was_written",
        "tests/backend/test_packing.py::test_words_are_called_what_the_kernel_calls_them",
        "tests/ops/test_conv_minimal.py::test_a_compiled_step_decides_anew",
        "tests/ops/test_conv_minimal.py::test_the_shape_alone_chooses",
    ),
    "programs are generated, calls fused and shortcuts taken on the CPU alone": (
        *("tests/compiler/test_generate.py", "tests/compiler/test_in_place.py", "tests/compiler/test_plan.py"),
        *("tests/compiler/test_shortcut.py", "tests/test_profiler.py::test_compiled_steps_show_their_kernels"),
    ),
    "not recorded on a GPU: bundles of batches, checks of distributions, lengths of ctc_loss, randperm": (
        "tests/train/test_bundles.py",
        "tests/distributions/test_compiled_checks.py",
        "tests/nn/test_loss.py::test_steps_with_ctc_are_recorded",
        *(
            f"tests/ops/test_operators.py::test_every_row_is_recorded[{name}"
            for name in ("ctc_loss", "randperm sorted")
        ),
    ),
    "errors that a GPU tells when it is waited for, in its own words, and behind what was written by then": (
        *(f"{BAD_CALL}[{name}" for name in ("apply_ of a number", "embedding_bag largest", "gather range")),
        f"{BAD_CALL}[nn.MaxUnpool",
        "tests/autograd/test_inplace.py::test_setting_refuses_what_does_not_fit",
        *(f"{FAILS}[{name}_]" for name in ("index_add", "index_copy", "index_fill", "index_put", "index_reduce")),
        *(f"{FAILS}[{name}_]" for name in ("put", "scatter", "scatter_add")),
        "tests/ops/test_gathering.py::test_a_compiled_step_finds_an_entry_outside",
        "tests/sparse/test_compressed.py::test_indices_that_changed_later_stay_inside",
    ),
    "torch casts for a GPU by other lists, or composes otherwise": (
        *(f"{AUTOCAST}[{name}]" for name in ("mv", "addmv", "addr", "linalg.lstsq")),
        *(f"{AUTOCAST}[einsum {name}]" for name in ("i...->...i", "ii->i", "ii", "ij->ji", "ij->", "i,j->ij")),
        *(f"{AUTOCAST}[einsum {name}]" for name in ("ij,ij->ij", "ij,kl->", "a,ab,abc->abc")),
        f"{AUTOCAST}[tensordot",
    ),
    "autocast is another function here, which chooses the GPU": (
        "tests/ops/test_copying.py::test_functions_are_the_same_ones_after_pickling[mocrograd]",
        "tests/test_renamed.py::test_a_pickle_of_before[autocast",
    ),
    "powers of float64 are within 1e-13 on a GPU, where exp and log compute them": (
        "tests/ops/test_transcendental_accuracy.py::test_powers_where_numbers_end[float64",
        "tests/ops/test_transcendental_accuracy.py::test_powers[float64",
    ),
    "write to one address from several elements, in an order that only the CPU has": (
        *(f"{EXPANDED}[{tracked}-copy_-row of windows]" for tracked in (False, True)),
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


def waited_for(call: Callable[..., Any], *args: Any) -> Any:
    """Return what a call gives, or raise what a GPU met, which tells it where it is waited for."""
    device = mg.get_default_device()
    try:
        result = call(*args)
    except Exception:
        with suppress(Exception):  # what it met before
            device.synchronize()
        raise
    device.synchronize()
    return result


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
