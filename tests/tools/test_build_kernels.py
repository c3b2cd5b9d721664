"""The builder: what is stale and why, what a build leaves behind, what a failed one leaves alone."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys

import build_kernels
import progress
import pytest
import toolchain
from build_kernels import build_all, find_extensions, remove_orphans
from mojo_imports import closure
from toolchain import ROOT, BuildError


def build(settings, lines=None):
    return build_all(settings, (lines if lines is not None else []).append)


def reasons(settings):
    return {e.name: e.reason for e in find_extensions(settings) if e.reason}


def edit(settings, name, text):
    path = settings.root / "mojo_kernels" / f"{name}.mojo"
    path.write_text(path.read_text() + text + "\n")


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("core", "__init__ ext/__init__ ext/core runtime/__init__ runtime/types"),
        ("reduce", "__init__ ext/__init__ ext/reduce reduce runtime/__init__ runtime/loops runtime/types"),
        (
            "matmul",
            "__init__ ext/__init__ ext/matmul matmul/__init__ matmul/cpu runtime/__init__ runtime/types",
        ),
    ],
)
def test_closure_follows_every_form_of_import(tree, entry, expected):
    kernels = tree / "mojo_kernels"
    files = closure(kernels / "ext" / f"{entry}.mojo", tree)
    assert [str(f.relative_to(kernels).with_suffix("")) for f in files] == expected.split()


def test_first_build_makes_everything_and_a_second_nothing(settings):
    assert build(settings) == []
    lines = []
    assert build(settings, lines) == []
    assert lines == []
    names = {p.name for p in settings.out.iterdir()}
    assert {"core.so", "matmul.so", "reduce.so", "core.json", "MAX_LICENSE"} <= names
    assert not [n for n in names if n.startswith(".") and n != ".lock"]


@pytest.mark.parametrize(
    ("edited", "stale"),
    [
        ("runtime/types", {"core", "matmul", "reduce"}),
        ("runtime/loops", {"reduce"}),
        ("matmul/cpu", {"matmul"}),
        ("ext/core", {"core"}),
        ("__init__", {"core", "matmul", "reduce"}),
    ],
)
def test_an_edit_rebuilds_exactly_what_depends_on_it(settings, edited, stale):
    build(settings)
    edit(settings, edited, "# edited")
    assert reasons(settings) == dict.fromkeys(stale, f"mojo_kernels/{edited}.mojo changed")
    calls = settings.toolchain.mojo.parent / "calls"
    calls.unlink()
    build(settings)
    assert set(calls.read_text().split()) == stale
    assert reasons(settings) == {}


def test_a_new_import_makes_an_extension_stale(settings):
    build(settings)
    edit(settings, "ext/core", "from mojo_kernels.runtime.loops import rows")
    assert reasons(settings) == {"core": "mojo_kernels/ext/core.mojo changed"}
    build(settings)
    edit(settings, "runtime/loops", "# edited")
    assert set(reasons(settings)) == {"core", "reduce"}


def test_another_accelerator_or_compiler_makes_all_stale(settings):
    build(settings)
    other = dataclasses.replace(settings, accelerator="sm_80")
    assert reasons(other)["core"] == "accelerator: none -> sm_80"
    newer = dataclasses.replace(settings.toolchain, versions={"mojo": "1", "max": "3"})
    other = dataclasses.replace(settings, toolchain=newer)
    assert reasons(other)["core"] == "versions: mojo 1, max 2 -> mojo 1, max 3"


def test_a_failed_build_shows_the_message_and_leaves_the_last_good_one(settings):
    build(settings)
    files = [settings.out / "core.so", settings.out / "core.json"]
    before = [f.read_bytes() for f in files]
    edit(settings, "ext/core", "# ERROR")
    lines = []
    assert build(settings, lines) == ["core"]
    assert "no such thing" in "\n".join(lines)
    assert [f.read_bytes() for f in files] == before
    assert set(reasons(settings)) == {"core"}


def test_one_failure_does_not_stop_the_others(settings):
    edit(settings, "ext/core", "# ERROR")
    assert build(settings) == ["core"]
    assert set(reasons(settings)) == {"core"}


def test_a_build_replaces_the_file_and_never_writes_over_it(settings):
    build(settings)
    library = settings.out / "core.so"
    with open(library, "rb") as loaded:
        before = loaded.read()
        edit(settings, "ext/core", "# edited")
        build(settings)
        loaded.seek(0)
        assert loaded.read() == before
    assert library.read_bytes() != before


@pytest.mark.skipif(toolchain.IS_MACOS, reason="macOS run paths are edited by Apple's own tool")
def test_the_run_path_keeps_only_the_librarys_own_folder(settings):
    build(settings)
    data = (settings.out / "core.so").read_bytes()
    assert b"/somewhere" not in data
    assert b"ELF\0$ORIGIN\0" in data


def test_an_unexpected_run_path_is_refused(tmp_path):
    library = tmp_path / "x.so"
    library.write_bytes(b"nothing")
    with pytest.raises(BuildError, match="expected one run path"):
        toolchain.keep_relative_run_path(library)


def test_strict_takes_warnings_for_errors_and_rebuilds_what_had_some(settings):
    edit(settings, "ext/core", "# WARNING")
    lines = []
    assert build(settings, lines) == []
    assert "warning: odd" in "\n".join(lines)
    strict = dataclasses.replace(settings, strict=True)
    assert reasons(strict) == {"core": "its last build gave 1 warning(s)"}
    assert build(strict) == ["core"]


def test_llvm_leaves_each_gpu_kernel_beside_the_host_code(settings):
    settings = dataclasses.replace(settings, emit="llvm", accelerator="sm_80")
    build(settings)
    build(settings)
    edit(settings, "ext/core", "# edited")
    build(settings)
    assert {p.name for p in (settings.out / "core").iterdir()} == {"core.ll", "kernel.nvptx.ll"}


def test_the_build_of_a_removed_extension_is_removed(settings):
    build(settings)
    (settings.root / "mojo_kernels/ext/core.mojo").unlink()
    remove_orphans(settings, print)
    assert not (settings.out / "core.so").exists()
    assert (settings.out / "matmul.so").exists()


@pytest.mark.parametrize(
    ("file", "text", "name"),
    [
        (
            "proc/driver/nvidia/gpus/0000:01:00.0/information",
            "Model: \t NVIDIA H100\nIRQ: 1\n",
            "NVIDIA H100",
        ),
        ("dev/nvidiactl", "", "NVIDIA GPU"),
        ("sys/class/kfd/kfd/topology/nodes/1/properties", "gfx_target_version 90402\n", "AMD gfx 90402"),
        ("sys/class/kfd/kfd/topology/nodes/0/properties", "gfx_target_version 0\n", None),
    ],
)
def test_a_gpu_is_found_by_its_drivers_files(tmp_path, file, text, name):
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert toolchain.local_gpu(tmp_path) == name


def test_only_names_must_exist(settings):
    only = dataclasses.replace(settings, only=("core",))
    assert [e.name for e in find_extensions(only)] == ["core"]
    with pytest.raises(BuildError, match=r"no extension is called nope; there are: core, matmul, reduce"):
        find_extensions(dataclasses.replace(settings, only=("nope",)))


def test_the_slowest_extension_is_built_first(settings):
    settings = dataclasses.replace(settings, jobs=1)
    build(settings)
    for name, seconds in (("core", 1.0), ("matmul", 9.0), ("reduce", 5.0)):
        stamp = settings.out / f"{name}.json"
        stamp.write_text(stamp.read_text().replace('"seconds": ', f'"seconds": {seconds}, "was": '))
    edit(settings, "runtime/types", "# edited")
    calls = settings.toolchain.mojo.parent / "calls"
    calls.unlink()
    build(settings)
    assert calls.read_text().split() == ["matmul", "reduce", "core"]


def test_a_first_build_goes_by_the_table(settings, monkeypatch):
    monkeypatch.setattr(build_kernels, "given_seconds", {"core": 9.0, "matmul": 3.0, "reduce": 5.0}.__getitem__)
    lines = []
    build(dataclasses.replace(settings, jobs=1), lines)
    assert (settings.toolchain.mojo.parent / "calls").read_text().split() == ["core", "reduce", "matmul"]
    assert lines[0] == "3 extensions to build, 1 at a time, about 17 s"
    assert [line.partition(" (")[2] for line in lines if "built in" in line][-1] == "3 of 3)"


def test_compilers_share_the_threads(settings):
    threads = settings.toolchain.mojo.parent / "threads"
    build(dataclasses.replace(settings, jobs=2))
    assert threads.read_text().split() == ["1", "1", "1"]
    threads.unlink()
    edit(settings, "ext/core", "# edited")
    build(dataclasses.replace(settings, jobs=4))
    assert threads.read_text().split() == ["4"]


def test_the_table_of_times_has_each_extension_and_no_other():
    have = {path.stem for path in ROOT.glob("mojo_kernels/ext/[!_]*.mojo")}
    assert json.loads(progress.TIMES.read_text()).keys() == have
    assert progress.given_seconds("new") > 0


def test_a_forecast_follows_what_was_measured(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    counted = progress.Progress({"a": 20.0, "b": 10.0, "c": 10.0, "d": 20.0}, workers=2)
    assert counted.total() == 30
    now[0] += 40  # twice as long as expected
    assert counted.finish("a", 40.0) == "1 of 4, about 20 s to go"
    assert progress.Progress({"a": 50.0, "b": 10.0}, workers=2).total() == 50
    assert progress.Progress({"a": 50.0}, workers=8).workers == 1


def test_a_missing_compiler_is_one_sentence_with_the_fix(tmp_path):
    environment = {**os.environ, "PATH": str(tmp_path)}
    script = f"import sys; sys.path.insert(0, {str(ROOT / 'scripts')!r}); sys.prefix = {str(tmp_path)!r}; "
    script += "import sysconfig, build_kernels; "
    script += f"sysconfig.get_path = lambda name: {str(tmp_path)!r}; sys.exit(build_kernels.main([]))"
    command = [sys.executable, "-S", "-I", "-c", script]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert "has no mojo compiler" in run.stderr
    assert "pip install mojo==" in run.stderr


def test_check_builds_nothing_and_fails_where_something_is_stale(settings, monkeypatch, capsys):
    monkeypatch.setattr(build_kernels, "find_toolchain", lambda: settings.toolchain)
    out = settings.root / "elsewhere"
    assert build_kernels.main(["--check", "--out", str(out)]) == 1
    assert "not built yet" in capsys.readouterr().out
    assert not out.exists()


def test_a_build_for_another_processor_goes_into_a_folder_of_its_own(settings, monkeypatch):
    monkeypatch.setattr(build_kernels, "find_toolchain", lambda: settings.toolchain)
    made = []
    monkeypatch.setattr(build_kernels, "build_all", lambda chosen, say: made.append(chosen) or [])
    assert build_kernels.main(["--cpu", "x86-64-v3"]) == 0
    assert build_kernels.main(["--cpu", "x86-64-v3", "--out", str(settings.root / "v3")]) == 0
    assert [chosen.out for chosen in made] == [ROOT / "build" / "cpu" / "x86-64-v3", settings.root / "v3"]
    for chosen in made:
        assert build_kernels.flags(chosen)[-2:] == ["--target-cpu", "x86-64-v3"]
        assert chosen.run_path == "$ORIGIN/.."
