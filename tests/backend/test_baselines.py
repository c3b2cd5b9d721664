"""The choice of a baseline: by the leaves of CPUID, by name, and what is said where none fits."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import mocrograd as mg
import pytest
from mocrograd import _kernels
from mocrograd._kernels import BASELINES, FROM_SOURCE, active_leaves, choose, features

V4, V3 = set(BASELINES["v4"]), set(BASELINES["v3"])
X86 = pytest.mark.skipif(os.uname().machine != "x86_64" or sys.platform != "linux", reason="asks an x86-64 processor")
FLAGS = {
    "SSE3": "pni",
    "SSE4.1": "sse4_1",
    "SSE4.2": "sse4_2",
    "CMPXCHG16B": "cx16",
    "LAHF": "lahf_lm",
    "LZCNT": "abm",
}
"""What Linux calls the features that it does not call as Intel does."""


def leaves(ecx_1=0, ebx_7=0, ecx_extended=0):
    """Return registers as `active_leaves` does."""
    return [[0, 0, ecx_1, 0], [0, ebx_7, 0, 0], [0, 0, ecx_extended, 0]]


@pytest.mark.parametrize(
    ("registers", "best"),
    [
        # What processors answer: one with AVX-512, a Haswell, and a Haswell whose system keeps no vector registers.
        (leaves(0x7ED83203, 0xF1AF0328, 0x161), "v4"),
        (leaves(0x7ED83203, 0x00000328, 0x21), "v3"),
        (leaves(0x4ED82203, 0x00000308, 0x21), None),
        # All of AVX-512 but AVX512VL, the highest bit.
        (leaves(0x7ED83203, 0x71AF0328, 0x161), "v3"),
        (leaves(), None),
    ],
)
def test_the_best_baseline_that_the_registers_allow(registers, best):
    present = features(registers)
    if best is None:
        with pytest.raises(ImportError, match=r"this processor lacks .*AVX2"):
            choose(["v4", "v3"], present)
    else:
        assert choose(["v4", "v3"], present) == best


@pytest.mark.parametrize("feature", BASELINES["v4"])
def test_each_feature_counts(feature):
    present = V4 - {feature}
    if feature in V3:
        with pytest.raises(
            ImportError, match=rf"this processor lacks {re.escape(feature)}, which all .*pip install \."
        ):
            choose(["v4", "v3"], present)
    else:
        assert choose(["v4", "v3"], present) == "v3"


def test_every_feature_has_a_bit():
    every = leaves(0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    assert features(every) == V4
    assert features(leaves()) == set()


def test_a_baseline_without_needs_fits():
    assert choose(["v8"], set()) == "v8"


def test_one_can_be_named():
    assert choose(["v4", "v3"], V4, "v3") == "v3"
    assert choose(["v4", "v3"], V4, "v4") == "v4"


@pytest.mark.parametrize(
    ("present", "wanted", "said"),
    [
        (V4, "v5", "MOCROGRAD_CPU is 'v5', which mocrograd's wheel does not have; of v4, v3 this processor runs v4, v3"),
        (V4, "v8", "MOCROGRAD_CPU is 'v8', which mocrograd's wheel does not have; of v4, v3 this processor runs v4, v3"),
        (V3, "v4", f"MOCROGRAD_CPU is 'v4', which needs {', '.join(x for x in BASELINES['v4'] if x not in V3)}; of v4, v3 "
                   "this processor runs v3"),
        (V3 - {"FMA"}, "v3", "MOCROGRAD_CPU is 'v3', which needs FMA; of v4, v3 this processor runs none; "
                             + FROM_SOURCE),
    ],
)  # fmt: skip
def test_a_name_that_does_not_fit_is_answered_with_the_list(present, wanted, said):
    with pytest.raises(ImportError) as raised:
        choose(["v4", "v3"], present, wanted)
    assert str(raised.value) == said


@X86
def test_the_leaves_say_what_linux_says():
    line = re.search(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    flags = set(line[1].split())
    assert features(active_leaves()) == {f for f in BASELINES["v4"] if FLAGS.get(f, f.lower()) in flags}


@X86
def test_an_old_c_library_is_named(monkeypatch):
    monkeypatch.setattr("ctypes.CDLL", lambda name: object())
    with pytest.raises(ImportError, match=r"glibc 2\.33"):
        active_leaves()


@pytest.fixture
def wheel(tmp_path):
    """Lay out the package of extensions as a wheel has it, without the extensions."""
    package = tmp_path / "kernels"
    package.mkdir()
    shutil.copy(_kernels.__file__, package)
    for name in ("v3", "v4"):
        (package / name).mkdir()
    return package


def imported(package, *command, **environment):
    """Import that package in a process of its own; return how it ended, what it chose, and what it said."""
    program = "import kernels; print(kernels.BASELINE, *kernels.__path__, sep='\\n')"
    done = subprocess.run(
        [*command, sys._base_executable, "-c", program],
        cwd=package.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines(), done.stderr.splitlines()


@X86
@pytest.mark.parametrize(
    ("hidden", "wanted", "chosen"),
    [
        ("", "v3", "v3"),
        ("-AVX512F", None, "v3"),
        ("-AVX512F", "", "v3"),
        ("-AVX512F", "v4", None),
        ("-AVX2", None, None),
        ("", "v9", None),
    ],
)
def test_it_is_chosen_when_the_package_is_imported(wheel, hidden, wanted, chosen):
    if V3 - features(active_leaves()):
        pytest.skip("this processor has no AVX2")
    environment = {"GLIBC_TUNABLES": f"glibc.cpu.hwcaps={hidden}"} if hidden else {}
    if wanted is not None:
        environment["MOCROGRAD_CPU"] = wanted
    status, out, said = imported(wheel, **environment)
    if chosen:
        assert (status, out) == (0, [chosen, str(wheel / chosen), str(wheel)])
    else:
        assert status == 1
        assert said[-1].startswith("ImportError: ")
        assert {"-AVX2": "lacks AVX2, which", "-AVX512F": "needs AVX512F;"}.get(hidden, "'v9'") in said[-1]


@X86
def test_what_the_better_baseline_lacks_is_looked_for_in_the_other(wheel):
    if V4 - features(active_leaves()):
        pytest.skip("this processor has no AVX-512")
    status, out, _ = imported(wheel)
    assert (status, out) == (0, ["v4", *(str(wheel / name) for name in ("v4", "v3")), str(wheel)])


@X86
@pytest.mark.parametrize(("model", "chosen"), [("Nehalem", None), ("SandyBridge", None), ("Haswell", "v3")])
def test_other_processors(wheel, model, chosen):
    emulator = shutil.which("qemu-x86_64-static") or shutil.which("qemu-x86_64")
    if emulator is None:
        pytest.skip("qemu-user is not installed")
    status, out, said = imported(wheel, emulator, "-cpu", model)
    if chosen:
        assert (status, out[0]) == (0, chosen)
    else:
        assert status == 1
        assert "AVX2" in said[-1]
        assert "pip install ." in said[-1]


def test_another_build_is_taken_as_it_is(wheel):
    status, out, _ = imported(wheel, MOCROGRAD_KERNELS_DIR="/elsewhere", MOCROGRAD_CPU="v3")
    assert (status, out) == (0, ["None", "/elsewhere", str(wheel)])


def test_a_build_for_this_machine_has_nothing_to_choose(wheel):
    for name in ("v3", "v4"):
        (wheel / name).rmdir()
    assert imported(wheel)[:2] == (0, ["None", str(wheel)])
    status, _, said = imported(wheel, MOCROGRAD_CPU="v3")
    assert status == 1
    assert "built for this machine alone" in said[-1]


def test_info_tells_the_baseline(capsys, monkeypatch):
    from mocrograd.cli import main

    monkeypatch.setattr(mg.backend, "BASELINE", None)
    main(["info"])
    assert "baseline" not in capsys.readouterr().out
    monkeypatch.setattr(mg.backend, "BASELINE", "v3")
    monkeypatch.setattr(mg.backend, "BASELINES", ["v4", "v3"])
    main(["info"])
    assert "baseline     v3, of v4, v3\n" in capsys.readouterr().out


def test_a_wheel_does_not_blame_this_machine_for_the_missing_gpu(monkeypatch):
    from mocrograd.backend import devices

    monkeypatch.setattr(devices.core, "device_count", lambda: -1)
    for baseline, why in ((None, "because no GPU was found at build time"), ("v3", "as those of a wheel are")):
        monkeypatch.setattr(devices, "BASELINE", baseline)
        assert devices.device_report()[-1] == f"no gpu: the kernels were built without GPU code, {why}"
