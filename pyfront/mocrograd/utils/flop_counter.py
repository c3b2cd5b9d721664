"""Counts the floating-point operations of products, convolutions, attention and recurrent layers, by module."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from mocrograd.profiler import Operations
from mocrograd.utils.module_tracker import ModuleTracker

__all__ = ["FlopCounterMode"]

_COUNTED = {"attention", "conv", "conv_weight", "gru", "linear", "lstm", "matmul", "rnn_relu", "rnn_tanh"}
_SUFFIXES = ("", "K", "M", "B", "T")


class FlopCounterMode:
    """A context manager that counts the operations of products in its body, for all of it and for each module.

    A product of m x k and k x n elements counts 2 m n k; what pointwise operations and sums cost is left out, as in
    torch. Operations are named by their kernels ("matmul", "conv"). They are counted as they are computed, so gradients
    of padded images may count a border that torch's formula leaves out, and LSTM and attention count, which torch's
    counter misses on a CPU.

    Args:
        mods: Accepted; modules are found by themselves.
        depth: How many levels of modules the table shows.
        display: Whether the table is printed at the end.
        custom_mapping: Accepted if empty.

    Raises:
        NotImplementedError: `custom_mapping` has formulas: operations are counted by their kernels.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.utils.flop_counter import FlopCounterMode
        >>> model = mg.nn.Sequential(mg.nn.Linear(8, 4), mg.nn.ReLU())
        >>> with FlopCounterMode(display=False) as counter:
        ...     y = model(mg.ones(16, 8))
        >>> counter.get_total_flops(), counter.get_flop_counts()["Sequential.0"]
        (1024, {'matmul': 1024})
    """

    def __init__(
        self, mods: Any = None, depth: int = 2, display: bool = True, custom_mapping: dict[Any, Any] | None = None
    ) -> None:
        if custom_mapping:
            raise NotImplementedError("FlopCounterMode: custom_mapping: operations are counted by their kernels here")
        self.depth = depth
        self.display = display
        self.flop_counts: dict[str, Counter[str]] = defaultdict(Counter)
        self._operations = Operations()
        self._tracker = ModuleTracker(self._add)
        self._position = 0

    def __enter__(self) -> FlopCounterMode:
        """Begin to count, from zero."""
        self.flop_counts.clear()
        self._operations.__enter__()
        self._tracker.__enter__()
        self._position = self._operations.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop, and print the table where it is wanted."""
        self._count()
        self._tracker.__exit__()
        self._operations.__exit__()
        if self.display:
            print(self.get_table())

    def _add(self) -> None:
        """Give the modules that have run since the last call their operations."""
        self._count()
        self._position = self._operations.start()

    def _count(self) -> None:
        for kernel, flops in self._operations.calls(self._position):
            operation = kernel.split(".")[0]
            if operation in _COUNTED and flops:
                for parent in self._tracker.parents:
                    self.flop_counts[parent][operation] += int(flops)

    def get_total_flops(self) -> int:
        """Return the number of all operations."""
        return sum(self.flop_counts["Global"].values())

    def get_flop_counts(self) -> dict[str, dict[str, int]]:
        """Return for each module's name the operations by kind; "Global" stands for everything."""
        return {name: dict(counts) for name, counts in self.flop_counts.items()}

    def get_table(self, depth: int | None = None) -> str:
        """Return a table of modules, their operations and their share.

        Args:
            depth: How many levels of modules it shows; that of the counter by default.
        """
        depth = self.depth if depth is None else depth
        total = self.get_total_flops()
        names = sorted(name for name in self.flop_counts if name != "Global" and name.count(".") < (depth or 1 << 30))
        whole = any(sum(self.flop_counts[name].values()) >= total for name in names)
        rows = [] if whole else self._rows("Global", 0, total)
        for name in names:
            rows += self._rows(name, name.count(".") + (not whole), total)
        rows = rows or [("Global", "0", "0%")]
        heads = ("Module", "FLOP", "% Total")
        widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(3)]
        lines = [
            [text.ljust(widths[0]), *(t.rjust(w) for t, w in zip(rest, widths[1:]))] for text, *rest in [heads, *rows]
        ]
        return "\n".join("  ".join(cells) for cells in [lines[0], ["-" * width for width in widths], *lines[1:]])

    def _rows(self, name: str, level: int, total: int) -> list[tuple[str, str, str]]:
        """Return the rows of a module: its sum, and each kind of operation."""
        counts = self.flop_counts[name]
        pairs = [(" " * level + name, sum(counts.values())), *((f"{' ' * level} - {k}", n) for k, n in counts.items())]
        power = max(0, min(len(_SUFFIXES) - 1, (len(str(total)) - 2) // 3))
        return [
            (
                text,
                f"{n / 1000**power:.3f}{_SUFFIXES[power]}" if power else str(n),
                f"{n / total:.2%}" if total else "0%",
            )
            for text, n in pairs
        ]
