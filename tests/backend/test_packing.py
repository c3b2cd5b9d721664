"""Every call of a kernel in the package packs its words in the order in which the kernel declares them."""

from threading import get_ident

import mocrograd as mg
import mocrograd.sparse  # which would be imported by its first use, behind the stand-in's back
import numpy as np
from mocrograd import backend
from mocrograd.autograd import backward
from mocrograd.backend import recording
from mocrograd.distributions import Gamma
from mocrograd.scalar import Value, compiled
from opcases import ROWS, outputs, size
from packing import ROOT, Packing, directions, sites

UNSET = ("empty", "empty_like")
"""Rows that multiply what nobody wrote by 0."""


class Listener:
    """Notes the memory that Python writes without a kernel."""

    def __init__(self):
        self.thread = get_ident()
        self.filled = set()

    def data(self, tensor):
        self.filled.add(tensor.address)

    def give_up(self, reason):
        pass

    def varies(self, word, count, values, table):
        pass

    def differentiated(self, tensors):
        pass


def small(row):
    """Return the inputs of the smallest case of a row that has elements, and of its largest."""
    cases = sorted((case for case in row.cases if all(0 not in shape for shape in case)), key=size)
    dtype = row.dtypes[0]
    return [row.arrays(case, dtype) for case in {cases[0], cases[len(cases) // 2]}] if cases else []


def leaves(arrays, differentiable):
    return [mg.tensor(a, requires_grad=differentiable and a.dtype.kind == "f") for a in arrays]


def differentiate(results):
    results = [r for r in outputs(results) if isinstance(r, mg.Tensor) and r.requires_grad]
    if results:
        backward(results, [mg.tensor(np.ones(tuple(r.shape))).to(r.dtype) for r in results])


def others():
    """Run what the table of operations does not: optimizers, a layer whose weight is transposed, draws, a scalar graph,
    complex numbers, sparse ones.
    """
    for name in ("SGD", "Adam", "NAdam", "RAdam", "Adamax", "Adagrad", "Adadelta", "RMSprop", "ASGD", "Rprop"):
        weight = mg.ones(3, requires_grad=True)
        optimizer = getattr(mg.optim, name)([weight])
        (weight * weight).sum().backward()
        optimizer.step()
    x, weight = mg.ones(2, 3, requires_grad=True), mg.ones(3, 4, requires_grad=True)
    differentiate(mg.nn.functional.linear(x, weight.t(), mg.ones(4, requires_grad=True)))
    differentiate(Gamma(mg.ones(3, requires_grad=True), mg.ones(3)).rsample())
    compiled.Step(Value(2.0) * 3)()
    z = mg.complex(mg.ones(3), mg.ones(3)).requires_grad_()
    differentiate([z.conj(), z.abs(), z.angle(), mg.sgn(z), z * z, mg.fft.fft(z), mg.full((2,), 1j)])
    differentiate(mg.sparse.mm(mg.eye(3).to_sparse().requires_grad_(), mg.ones(3, 2, requires_grad=True)))
    differentiate(mg.fft.irfft(mg.fft.rfft(mg.ones(4, requires_grad=True))))
    mg.fft.irfft(mg.fft.rfft(mg.ones(1 << 15)))
    mg.nn.functional.grid_sample(mg.ones(1, 1, 2, 2), mg.zeros(1, 1, 1, 2), align_corners=False)


def test_words_are_called_what_the_kernel_calls_them():
    with Packing() as packing:
        for row in ROWS:
            for arrays in small(row):
                differentiate(row.call(mg, *leaves(arrays, row.differentiable)))
        others()
    assert not packing.faults, "\n".join(sorted(packing.faults))
    made = {site for site in sites() if site[0] != str(ROOT / "ops" / "_fourier_gpu.py")}  # tests/gpu makes those
    missed = sorted(f"{path.removeprefix(str(ROOT))}:{line}" for path, line in made - packing.seen)
    assert not missed, f"calls that nothing above makes: {missed}"


def test_what_is_read_was_written_and_inputs_are_not():
    faults = set()
    for row in ROWS:
        if row.name in UNSET:
            continue
        for arrays in small(row):
            inputs = leaves(arrays, row.differentiable)
            known = {t.address: max(t._size * t.dtype.itemsize, 1) for t in inputs}
            listener = Listener()
            recording.active, start = listener, backend.tape_start()
            try:
                differentiate(row.call(mg, *inputs))
            finally:
                log, recording.active = backend.tape_stop(start), None
            faults |= {f"{row.name}: {fault}" for fault in directions(log, known, listener.filled)}
    assert not faults, "\n".join(sorted(faults))
