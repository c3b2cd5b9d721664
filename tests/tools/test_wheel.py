"""The wheel for other machines: what is laid out, what its tag is, what it tells of this machine."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import wheel
import wheel_check
from tolerances import tolerance
from toolchain import IS_MACOS, BuildError
from wheel import build_baselines, stage, tag_of, traces, without_folder

TWO = {"v3": "x86-64-v3", "v4": "x86-64-v4"}
BUILT = sorted(wheel.DIST.glob("*.whl"))


@pytest.fixture
def built(settings):
    """Settings of a wheel whose baselines are built, by the pretended compiler."""
    build_baselines(settings, TWO)
    return settings


def test_each_baseline_is_built_for_its_processor_into_its_own_folder(built, capsys):
    for name, target in TWO.items():
        stamp = json.loads((built.out / name / "core.json").read_text())
        assert stamp["cpu"] == target
        assert stamp["flags"][-2:] == ["--target-cpu", target]
    assert sorted(p.name for p in (built.out / "v3").glob("lib*")) == []
    build_baselines(built, TWO)  # a second time there is nothing to do
    assert "to build" not in capsys.readouterr().out


@pytest.mark.skipif(IS_MACOS, reason="wheels for other machines are built on Linux")
def test_the_extensions_find_the_run_time_libraries_one_folder_up(built):
    assert b"ELF\0$ORIGIN/..\0" in (built.out / "v4" / "core.so").read_bytes()


def test_a_failure_names_the_baseline(settings):
    source = settings.root / "mojo_kernels/ext/core.mojo"
    source.write_text("ERROR")
    with pytest.raises(BuildError, match="could not build core for x86-64-v3"):
        build_baselines(settings, TWO)


def test_what_is_laid_out(settings, monkeypatch):
    monkeypatch.setattr(wheel, "SHARED", ())
    build_baselines(settings, TWO)
    built, staged = settings, stage(settings, TWO)
    names = {str(p.relative_to(staged)) for p in staged.rglob("*") if p.is_file()}
    extensions = {f"{b}/{e}.{end}" for b in TWO for e in ("core", "matmul", "reduce") for end in ("so", "json")}
    beside = {n for n in names if "/" not in n}
    assert names - beside == extensions
    assert {"libKGENCompilerRTShared.so", "MAX_LICENSE", "MAX_THIRD_PARTY_NOTICES"} <= beside
    stamp = json.loads((staged / "v3" / "core.json").read_text())
    assert set(stamp) == {"versions", "cpu", "accelerator", "seconds"}
    (built.out / "v3" / "reduce.so").unlink()
    (built.out / "v3" / "reduce.json").unlink()
    stage(built, TWO)
    assert not (staged / "v3" / "reduce.so").exists()


def test_shared_extensions_are_built_and_laid_out_for_the_first_baseline_alone(settings, monkeypatch):
    build_baselines(settings, {"v4": TWO["v4"]})  # as an older version did
    monkeypatch.setattr(wheel, "SHARED", ("matmul",))
    build_baselines(settings, TWO)
    staged = stage(settings, TWO)
    found = {b: {p.stem for p in (staged / b).glob("*.so")} for b in TWO}
    assert found == {"v3": {"core", "matmul", "reduce"}, "v4": {"core", "reduce"}}


def test_shared_extensions_exist():
    names = {p.stem for p in (wheel.ROOT / "mojo_kernels" / "ext").glob("[!_]*.mojo")}
    assert {*wheel.SHARED, *wheel.LEFT_OUT} < names
    assert not {*wheel.SHARED} & {*wheel.LEFT_OUT}


def test_extensions_and_a_library_are_left_out(settings, monkeypatch):
    monkeypatch.setattr(wheel, "LEFT_OUT", ("reduce",))
    build_baselines(settings, TWO)
    library = settings.out / wheel.UNNEEDED
    library.write_bytes(b"\0" + wheel.UNNEEDED.encode() + b"\0")
    staged = stage(settings, TWO)
    assert {p.stem for p in staged.glob("v?/*.so")} == {"core", "matmul"}
    assert not (staged / wheel.UNNEEDED).exists()
    core = settings.out / "v4" / "core.so"
    core.write_bytes(core.read_bytes() + library.read_bytes())
    assert (stage(settings, TWO) / wheel.UNNEEDED).exists()


def test_no_wheel_without_the_licence_of_what_it_ships(built):
    (built.out / "MAX_LICENSE").unlink()
    with pytest.raises(BuildError, match="needs MAX_LICENSE: install max"):
        stage(built, TWO)


def test_a_file_that_tells_of_this_machine_is_refused(built, monkeypatch):
    monkeypatch.setattr(wheel, "words_of_this_machine", lambda: ["comptime"])
    library = built.out / "v4" / "core.so"
    library.write_bytes(library.read_bytes() + b"\0comptime N\0")
    with pytest.raises(BuildError, match=r"tell of this machine:\ncore.so: comptime"):
        stage(built, TWO)


def test_what_was_built_in_another_folder_is_refused(built):
    library = built.out / "v3" / "core.so"
    for folder, refused in ((built.root, False), ("/elsewhere", True)):
        library.write_bytes(b"ELF\0$ORIGIN/..\0" + f"in {folder}/mojo_kernels/ext/core.mojo\0".encode())
        if refused:
            with pytest.raises(BuildError, match=r"another folder: remove .*v3"):
                stage(built, TWO)
        else:
            staged = stage(built, TWO)
            assert str(folder).encode() not in (staged / "v3" / "core.so").read_bytes()


@pytest.mark.parametrize("folder", ["/a", "/ab", "/home/me/mocrograd"])
def test_sources_are_named_without_the_folder_of_the_build(folder):
    library = f"\0{folder}/mojo_kernels/x.mojo\0{folder}2/x\0".encode()
    made = without_folder(library, Path(folder))
    assert len(made) == len(library)
    first, second = made[1:-1].decode().split("\0")
    assert Path(first) == Path("mojo_kernels/x.mojo")
    assert second == f"{folder}2/x"


def test_traces_are_whole_words_of_text(tmp_path):
    (tmp_path / "a.so").write_bytes(b"\0\x01vm\0made by me on vm.\0vmovaps xmm1\0/home/mean/file\0")
    (tmp_path / "b.so").write_bytes(b"\0\x01 vm \0vmovaps\0")
    assert traces(tmp_path, ["vm", "/home/me"]) == ["a.so: vm"]


def test_the_tag_asks_for_the_newest_c_library_that_is_needed():
    libraries = [b"\0GLIBC_2.2.5\0GLIBC_2.17\0GLIBCXX_3.4.99\0", b"x\0GLIBC_2.35\0GLIBC_2.4\0 GLIBC_2.99 \0"]
    assert tag_of(libraries, "x86_64") == "py3-none-manylinux_2_35_x86_64"


def test_wheels_for_other_machines_are_built_on_linux(monkeypatch):
    monkeypatch.setattr(wheel.platform, "machine", lambda: "riscv64")
    with pytest.raises(BuildError, match="x86_64 or aarch64"):
        wheel.baselines_here()


@pytest.mark.skipif(IS_MACOS, reason="wheels for other machines are built on Linux")
def test_the_wheel_holds_the_package_the_baselines_and_the_sources(built, tmp_path):
    pytest.importorskip("hatchling")
    made = wheel.make_wheel(stage(built, TWO), "py3-none-manylinux_2_35_x86_64", tmp_path)
    assert made.name.endswith("-py3-none-manylinux_2_35_x86_64.whl")
    with zipfile.ZipFile(made) as archive:
        names = archive.namelist()
        (about,) = (n for n in names if n.endswith("/WHEEL"))
        lines = archive.read(about).decode().splitlines()
    assert {"Root-Is-Purelib: false", "Tag: py3-none-manylinux_2_35_x86_64"} <= set(lines)
    for name in (
        "_kernels/v3/core.so",
        "_kernels/v4/core.json",
        "_kernels/MAX_LICENSE",
        "_kernels/__init__.py",
        "tensor.py",
    ):
        assert f"mocrograd/{name}" in names
    assert "mocrograd/_sources/mojo_kernels/ext/core.mojo" in names
    assert "mocrograd/_sources/mojo_kernels/__init__.mojo" in names
    # Neither what was built for this machine nor what is no Mojo.
    assert "mocrograd/_kernels/core.so" not in names
    assert not [n for n in names if n.startswith("mocrograd/_sources/") and not n.endswith(".mojo")]
    assert not [n for n in names if "__pycache__" in n]


@pytest.mark.skipif(not BUILT, reason="no wheel is built: scripts/run wheel")
@pytest.mark.parametrize("path", BUILT, ids=lambda path: path.name)
def test_a_wheel_that_is_built_has_all_it_needs(path):
    assert wheel_check.faults(path) == []


def test_what_a_wheel_lacks_is_listed(built, tmp_path, monkeypatch):
    pytest.importorskip("hatchling")
    made = wheel.make_wheel(stage(built, TWO), "py3-none-manylinux_2_35_x86_64", tmp_path)
    monkeypatch.setattr(wheel, "LIMIT", 1000)
    found = "\n".join(wheel_check.faults(made))
    assert "bytes, more than 1000" in found
    assert "v3: expected " in found
    assert " extensions, found 3" in found


def compared(x, y, capsys, bounds=None):
    bounds = bounds or tolerance("float32", terms=4)
    wheel_check.compare("v3", {"add 0": (x, bounds)}, "v4", {"add 0": (y, bounds)})
    return capsys.readouterr().out


def test_results_of_baselines_are_compared(capsys):
    x = np.array([1.0, np.nan, np.inf, 4.0], np.float32)
    assert "1 of 1 results of v3 and v4 are equal" in compared(x, x.copy(), capsys)
    near = x.copy()
    near[3] = np.nextafter(x[3], np.float32(5))
    said = compared(x, near, capsys)
    assert "0 of 1 results" in said
    assert said.rstrip().endswith("of what is allowed: add")
    for position, value in ((3, 4.001), (1, 0.0), (2, 1.0)):
        other = x.copy()
        other[position] = value
        with pytest.raises(wheel_check.CheckError, match="add 0: v3 and v4 differ"):
            compared(x, other, capsys)
    whole = np.arange(3)
    with pytest.raises(wheel_check.CheckError, match="differ"):
        compared(whole, whole + 1, capsys, tolerance("int64"))


def test_baselines_must_have_the_same_cases():
    with pytest.raises(wheel_check.CheckError, match="other cases"):
        wheel_check.compare("v3", {}, "v4", {"add 0": (np.zeros(1), {})})
