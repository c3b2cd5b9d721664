"""How notebooks show tensors: vectors and matrices as tables, all others as they are printed."""

from __future__ import annotations

from mocrograd import notebook
from mocrograd.ops._display import format_tensor, shown_numbers
from mocrograd.tensor import Tensor, method


@method
def _repr_html_(self: Tensor) -> str:
    """Return the values as HTML, as many as are printed, with shape, dtype, device and gradient."""
    facts = [f"shape {list(self._shape)}", self.dtype.name, str(self.device)]
    if self.grad_fn is not None:
        facts.append(f"grad_fn {self.grad_fn!r}")
    elif self.requires_grad:
        facts.append("requires_grad")
    grad = self.grad
    folded = "" if grad is None else notebook.fold("gradient", _values(grad))
    return notebook.frame(notebook.title(type(self).__name__, *facts), _values(self), folded)


def _values(x: Tensor) -> str:
    """Return a table of a vector or a matrix, or the printed text."""
    shown, indices, write = shown_numbers(x.detach().to("cpu").numpy())
    if shown.ndim not in (1, 2) or not shown.size:
        return f"<pre>{notebook.escape(format_tensor(x.detach()))}</pre>"
    rows = shown.reshape(-1, shown.shape[-1])
    heads = _with_gap([str(i) for i in indices[-1]], indices[-1])
    lines = [_with_gap([write(value) for value in row.tolist()], indices[-1]) for row in rows]
    if len(indices) == 1:
        return notebook.table(lines, heads)
    lines = [[str(i), *line] for i, line in zip(indices[0], lines)]
    gaps = _gap(indices[0])
    if gaps is not None:
        lines.insert(gaps, ["⋮"] * (len(heads) + 1))
    return notebook.table(lines, ["", *heads])


def _gap(indices: list[int]) -> int | None:
    """Return where indices are left out, None where none are."""
    return next((i for i in range(1, len(indices)) if indices[i] != indices[i - 1] + 1), None)


def _with_gap(cells: list[str], indices: list[int]) -> list[str]:
    gap = _gap(indices)
    return cells if gap is None else [*cells[:gap], "…", *cells[gap:]]
