"""The simulator finds what it is for: missing barriers, memory nobody wrote, writes outside of a block of memory."""

import ctypes
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from gpusim import gpusim, tail_calls

pytestmark = pytest.mark.skipif(
    shutil.which(gpusim.CLANG) is None, reason=f"{gpusim.CLANG} is not installed: kernels cannot be simulated"
)
THREADS = 64
BARRIER = "call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)"
REVERSAL = """
target triple = "nvptx64-nvidia-cuda"
@tile = internal unnamed_addr addrspace(3) global [64 x float] undef, align 16
declare i32 @llvm.nvvm.read.ptx.sreg.tid.x() #1
declare void @llvm.nvvm.barrier.cta.sync.aligned.all(i32) #2

define dso_local ptx_kernel void @reversal(ptr %x, ptr %y, float %scale) #0 {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %i = sext i32 %t to i64
  %at = getelementptr float, ptr %x, i64 %i
  %v = load float, ptr %at
  %v2 = fmul float %v, %scale
  %own = getelementptr [64 x float], ptr addrspace(3) @tile, i64 0, i64 %i
  store float %v2, ptr addrspace(3) %own
  BARRIER
  %j = sub i64 63, %i
  %other = getelementptr [64 x float], ptr addrspace(3) @tile, i64 0, i64 %j
  %w = load float, ptr addrspace(3) %other
  %w2 = fadd float %w, f0x3F000000
  %to = getelementptr float, ptr %y, i64 %i
  store float %w2, ptr %to
  ret void
}
attributes #0 = { "target-cpu"="sm_80" }
"""


def run(tmp_path, ir, threads=THREADS):
    """Run a kernel that reverses 64 numbers through shared memory; return the numbers and what it should give."""
    path = tmp_path / "kernel.nvptx.ll"
    path.write_text(ir)
    x, y = np.arange(64, dtype=np.float32), np.zeros(64, np.float32)
    gpusim.load(path).launch(grid=(1,), block=(threads,), args=[x, y, 2.0])
    return y, x[::-1] * 2 + np.float32(0.5)


@pytest.mark.parametrize("order", ["forward", "reverse", "alternate", "1", "2"])
def test_a_right_kernel_is_right_in_every_order(tmp_path, order, monkeypatch):
    monkeypatch.setenv("GPUSIM_ORDER", order)
    got, expected = run(tmp_path, REVERSAL.replace("BARRIER", BARRIER))
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("order", ["forward", "reverse", "alternate", "1", "2"])
def test_a_missing_barrier_reads_poison(tmp_path, order, monkeypatch):
    monkeypatch.setenv("GPUSIM_ORDER", order)
    got, _ = run(tmp_path, REVERSAL.replace("BARRIER", ""))
    assert np.isnan(got).any()


def test_shared_memory_that_nobody_wrote_is_poison(tmp_path):
    got, expected = run(tmp_path, REVERSAL.replace("BARRIER", BARRIER), threads=THREADS // 2)
    assert np.isnan(got[: THREADS // 2]).all()
    assert not np.isnan(expected).any()


def test_a_barrier_that_some_threads_miss_is_reported(tmp_path):
    ir = REVERSAL.replace("BARRIER", f"""%early = icmp eq i32 %t, 5
  br i1 %early, label %out, label %on
out:
  ret void
on:
  {BARRIER}""")  # fmt: skip
    with pytest.raises(RuntimeError, match="wait at different barriers"):
        run(tmp_path, ir)


def test_the_number_of_arguments_is_checked(tmp_path):
    path = tmp_path / "kernel.nvptx.ll"
    path.write_text(REVERSAL.replace("BARRIER", BARRIER))
    with pytest.raises(TypeError, match="takes 3 arguments, got 1"):
        gpusim.load(path).launch(grid=(1,), block=(1,), args=[np.zeros(1)])


def test_an_unknown_intrinsic_is_named(tmp_path):
    call = "%no = call i32 @llvm.nvvm.mma.of.the.future(i32 %t)"
    declaration = "declare i32 @llvm.nvvm.mma.of.the.future(i32)\n\ndefine"
    path = tmp_path / "kernel.nvptx.ll"
    path.write_text(REVERSAL.replace("BARRIER", f"{BARRIER}\n  {call}").replace("define", declaration, 1))
    with pytest.raises(RuntimeError, match="sim_mma_of_the_future"):
        gpusim.load(path)


SIZES = {"m16n8k16.row.col.bf16": 16, "m16n8k16.row.col.f32.f32": 16, "m16n8k8.row.col.tf32": 8}


def matrix_kernel(name):
    """Return a kernel of one warp that loads a, b and c as the lanes hold them, multiplies, and stores the result."""
    word = "<2 x half>" if "f32.f32" in name else "i32"
    kinds = [word] * 6 + ["float"] * 4
    lines = []
    for i, kind in enumerate(kinds):
        source, count, at = ("%a", 4, i) if i < 4 else ("%b", 2, i - 4) if i < 6 else ("%c", 4, i - 6)
        lines += [f"  %n{i} = mul i64 %l, {count}", f"  %m{i} = add i64 %n{i}, {at}",
                  f"  %p{i} = getelementptr i32, ptr {source}, i64 %m{i}", f"  %x{i} = load {kind}, ptr %p{i}"]  # fmt: skip
    four = "{ float, float, float, float }"
    given = ", ".join(f"{kind} %x{i}" for i, kind in enumerate(kinds))
    lines.append(f"  %d = call {four} @llvm.nvvm.mma.{name}({given})")
    for i in range(4):
        lines += [f"  %r{i} = extractvalue {four} %d, {i}", f"  store float %r{i}, ptr %p{i + 6}"]
    return f"""
declare i32 @llvm.nvvm.read.ptx.sreg.tid.x() #1
declare {four} @llvm.nvvm.mma.{name}({", ".join(kinds)}) #2
define dso_local ptx_kernel void @product(ptr %a, ptr %b, ptr %c) #0 {{
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %l = sext i32 %t to i64
{chr(10).join(lines)}
  ret void
}}
attributes #0 = {{ "target-cpu"="sm_80" }}
"""


@pytest.mark.parametrize("order", ["forward", "reverse", "1"])
@pytest.mark.parametrize("name", SIZES)
def test_matrix_instructions(tmp_path, name, order, monkeypatch):
    """Against NumPy, with the operands laid out among the lanes as PTX describes it."""
    monkeypatch.setenv("GPUSIM_ORDER", order)
    random, k = np.random.default_rng(5), SIZES[name]
    a, b = random.integers(-8, 9, (16, k)) / 4, random.integers(-8, 9, (k, 8)) / 4  # which all three dtypes hold
    c = random.normal(size=(16, 8)).astype(np.float32)
    kind = np.float16 if "f32.f32" in name else np.float32
    per_word = k // 8

    def words(matrix):
        """Return the rows of a matrix as eight words of 32 bits each."""
        bits = matrix.astype(kind).view(np.uint16 if kind is np.float16 else np.uint32)
        bits = bits >> 16 if "bf16" in name else bits
        parts = bits.reshape(len(matrix), 8, per_word).astype(np.uint32)
        return parts[..., 0] | (parts[..., 1] << 16) if per_word == 2 else parts[..., 0]

    of_a, of_b = words(a), words(b.T.copy())
    lanes = [(lane // 4, lane % 4) for lane in range(32)]
    given_a = np.array([[of_a[g + 8 * (i % 2), t + 4 * (i // 2)] for i in range(4)] for g, t in lanes], np.uint32)
    given_b = np.array([[of_b[g, t], of_b[g, t + 4]] for g, t in lanes], np.uint32)
    held = [[(g + 8 * (i // 2), 2 * t + i % 2) for i in range(4)] for g, t in lanes]
    given_c = np.array([[c[at] for at in mine] for mine in held], np.float32)
    path = tmp_path / "kernel.nvptx.ll"
    path.write_text(matrix_kernel(name))
    gpusim.load(path).launch(grid=(1,), block=(32,), args=[given_a, given_b, given_c])
    expected = np.array([[(a @ b + c)[at] for at in mine] for mine in held])
    np.testing.assert_allclose(given_c, expected, rtol=1e-6, atol=1e-6)


def test_a_matrix_instruction_needs_a_whole_warp(tmp_path):
    path = tmp_path / "kernel.nvptx.ll"
    path.write_text(matrix_kernel("m16n8k16.row.col.bf16"))
    arguments = [np.zeros((32, 4), np.uint32), np.zeros((32, 2), np.uint32), np.zeros((32, 4), np.float32)]
    gpusim.load(path).launch(grid=(1,), block=(31,), args=arguments)
    assert np.isnan(arguments[2][:31]).all()


class Device:
    """The stand-in for libcuda, called as the runtime calls it."""

    def __init__(self, folder, ir, monkeypatch):
        (folder / "kernel.nvptx.ll").write_text(ir)
        gpusim.build([str(folder)], folder)
        monkeypatch.setenv("GPUSIM_DIR", str(folder))
        self.cuda = ctypes.CDLL(str(folder / "libcuda.so.1"))
        self.function = ctypes.c_void_p()
        assert self.cuda.cuModuleGetFunction(ctypes.byref(self.function), None, b"reversal") == 0

    def block(self, values):
        """Return the address of a block of memory with some numbers."""
        address = ctypes.c_uint64()
        assert self.cuda.cuMemAlloc_v2(ctypes.byref(address), ctypes.c_size_t(values.nbytes)) == 0
        self.cuda.cuMemcpyHtoD_v2(address, ctypes.c_uint64(values.ctypes.data), ctypes.c_size_t(values.nbytes))
        return address

    def launch(self, *arguments):
        """Run the kernel with 64 threads; return the driver's status."""
        cells = (ctypes.c_void_p * len(arguments))(*[ctypes.addressof(argument) for argument in arguments])
        return self.cuda.cuLaunchKernel(self.function, 1, 1, 1, THREADS, 1, 1, 0, None, cells, None)


@pytest.mark.parametrize(("at", "where"), [(0, None), (1, "its byte 256"), (-3, "its byte -12"), (64, "its byte 256")])
def test_a_write_outside_of_a_block_is_found(tmp_path, monkeypatch, capfd, at, where):
    """A kernel that writes some numbers too far is refused and named, and its neighbour in memory is not."""
    ir = REVERSAL.replace("BARRIER", BARRIER).replace("%to = getelementptr float, ptr %y, i64 %i",
                                                      f"%k = add i64 %i, {at}\n  %to = getelementptr float, ptr %y, i64 %k")  # fmt: skip
    device = Device(tmp_path, ir, monkeypatch)
    x, y, scale = device.block(np.arange(64.0, dtype="f4")), device.block(np.zeros(64, "f4")), ctypes.c_float(2)
    status = device.launch(x, y, scale)
    told = capfd.readouterr().err
    assert bool(status) is (where is not None)
    assert where is None or (f"reversal wrote outside of a block of 256 bytes, at {where}" in told)
    assert device.launch(x, device.block(np.zeros(128, "f4")), scale) == (719 if at < 0 else 0), (
        "the fence stands again"
    )


def test_memory_that_was_freed_is_refused(tmp_path, monkeypatch, capfd):
    device = Device(tmp_path, REVERSAL.replace("BARRIER", BARRIER), monkeypatch)
    x, y, scale = device.block(np.arange(64.0, dtype="f4")), device.block(np.zeros(64, "f4")), ctypes.c_float(2)
    assert device.launch(x, y, scale) == 0
    device.cuda.cuMemFree_v2(y)
    assert device.launch(x, y, scale) != 0
    assert "is no address of device memory" in capfd.readouterr().err


def test_threads_take_turns(tmp_path, monkeypatch):
    """Each launch has the fibers and the shared memory of a kernel for itself."""
    device = Device(tmp_path, REVERSAL.replace("BARRIER", BARRIER), monkeypatch)
    x, scale = device.block(np.arange(64.0, dtype="f4")), ctypes.c_float(2)

    def work(number):
        y = device.block(np.zeros(64, "f4"))
        return [device.launch(x, y, scale) for _ in range(500)], ctypes.string_at(y.value, 256)

    with ThreadPoolExecutor(3) as threads:
        results = list(threads.map(work, range(3)))
    assert results == [([0] * 500, results[0][1])] * 3


STACK = """
define i64 @"sums(::Int)"(i64 %0) {
  %block = alloca [8 x i64], align 8
  %slot = alloca i64, align 8
  %address = ptrtoint ptr %block to i64
  store i64 %address, ptr %slot, align 8
  %read = load i64, ptr %slot, align 8
  %next = add i64 %read, 8
  %other = tail call i64 @"other(::Int)"(i64 %0)
  %sum = CALL i64 @"sum(::Int)"(i64 %next, i64 %0)
  ret i64 %sum
}
"""


@pytest.mark.parametrize(("call", "found"), [("tail call", ["sums: sums calls sum"]), ("call", [])])
def test_a_tail_call_with_memory_of_the_stack_is_found(tmp_path, call, found):
    (tmp_path / "sums").mkdir()
    (tmp_path / "sums" / "sums.ll").write_text(STACK.replace("CALL", call))
    assert tail_calls.find(tmp_path) == found
