"""RNN, GRU and LSTM."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mocrograd import ops
from mocrograd.nn import functional
from mocrograd.onnx.operators.registry import Form, operator
from mocrograd.tensor import Tensor

_GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
_ORDER = {"RNN": (0,), "GRU": (1, 0, 2), "LSTM": (0, 2, 3, 1)}
"""ONNX's number of each gate, in the order of this library's layers: GRU zrh and rzn, LSTM iofc and ifgo."""
_DEFAULTS = {"RNN": ["Tanh"], "GRU": ["Sigmoid", "Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"]}
_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "Relu": ops.relu, "Tanh": ops.tanh, "Sigmoid": ops.sigmoid, "Softsign": functional.softsign,
    "Softplus": functional.softplus,
}  # fmt: skip
_Result = tuple[Tensor, Tensor, Tensor | None]


class _Layer:
    """What the attributes of a recurrent node say."""

    def __init__(self, node: Any) -> None:
        self.kind = kind = str(node.kind)
        self.hidden, self.layout = node.attribute("hidden_size", None), node.attribute("layout", 0)
        self.directions = {"forward": (False,), "reverse": (True,), "bidirectional": (False, True)}[
            node.choice("direction", "forward", "forward", "reverse", "bidirectional")
        ]
        for name in ("activation_alpha", "activation_beta"):
            if node.attribute(name, None):
                raise node.unsupported(f"the attribute {name} is not supported")
        names = node.attribute("activations", None) or _DEFAULTS[kind] * len(self.directions)
        names = [name.decode() if isinstance(name, bytes) else name for name in names]
        each = len(_DEFAULTS[kind])
        unknown = [name for name in names if name not in _ACTIVATIONS]
        if unknown or len(names) != each * len(self.directions):
            raise node.unsupported(
                f"activations {names}; supported are {each} for each direction of {list(_ACTIVATIONS)}"
            )
        self.activations = [names[i : i + each] for i in range(0, len(names), each)]
        self.clip = node.attribute("clip", None)
        self.before_reset = node.attribute("linear_before_reset", 0) if kind == "GRU" else 0
        self.input_forget = node.attribute("input_forget", 0) if kind == "LSTM" else 0
        self.cell = self._cell()

    def _cell(self) -> Callable[..., Any] | None:
        """Return the library's layer, where it computes the same."""
        same = all(a == _DEFAULTS[self.kind] for a in self.activations) and self.clip is None
        if self.kind == "LSTM":
            return ops.lstm if same and not self.input_forget else None
        if self.kind == "GRU":
            return ops.gru if same and self.before_reset else None
        if all(a == ["Relu"] for a in self.activations) and self.clip is None:
            return ops.rnn_relu
        return ops.rnn_tanh if same else None

    def run(
        self, x: Tensor, w: Tensor, r: Tensor, b: Tensor | None = None, lengths: Any = None, h: Tensor | None = None,
        c: Tensor | None = None, p: Tensor | None = None,
    ) -> tuple[Tensor | None, ...]:  # fmt: skip
        """Return all outputs and the last states; a direction at a time."""
        if self.layout:
            x, h, c = (None if t is None else ops.transpose(t, 0, 1) for t in (x, h, c))  # type: ignore[assignment]
        steps, batch = x.shape[:2]
        if lengths is not None:
            lengths = None if (lengths == steps).all() else ops.tensor(lengths, device=x.device)
        if r.shape[1:] != (_GATES[self.kind] * r.shape[2], r.shape[2]) or self.hidden not in (None, r.shape[2]):
            raise ValueError(f"hidden_size is {self.hidden}, but the recurrent weight has the shape {tuple(r.shape)}")
        zeros = ops.zeros(batch, r.shape[2], dtype=x.dtype, device=x.device)
        found: list[_Result] = []
        for d, reverse in enumerate(self.directions):
            state = zeros if h is None else h[d]
            memory = None if self.kind != "LSTM" else zeros if c is None else c[d]
            bias = None if b is None else b[d]
            if self.cell is not None and lengths is None and p is None:
                found.append(self._fast(x, w[d], r[d], bias, state, memory, reverse))
            else:
                acts = [_ACTIVATIONS[name] for name in self.activations[d]]
                peep = None if p is None else p[d]
                found.append(self._slow(x, w[d], r[d], bias, lengths, state, memory, peep, reverse, acts))
        outputs = ops.stack([y for y, _, _ in found], 1)
        last: list[Tensor | None] = [ops.stack([s for _, s, _ in found])]
        last.append(ops.stack([m for _, _, m in found if m is not None]) if self.kind == "LSTM" else None)
        if self.layout:
            outputs = ops.permute(outputs, [2, 0, 1, 3])
            last = [None if t is None else ops.transpose(t, 0, 1) for t in last]
        return outputs, last[0], last[1]

    def _fast(
        self, x: Tensor, w: Tensor, r: Tensor, b: Tensor | None, h: Tensor, c: Tensor | None, reverse: bool
    ) -> _Result:
        assert self.cell is not None
        weights = [self._ordered(w), self._ordered(r)]
        if b is not None:
            weights += [self._ordered(part) for part in ops.chunk(b, 2)]
        state: Any = (h[None], c[None]) if c is not None else h[None]
        x = ops.flip(x, 0) if reverse else x
        made = self.cell(x, state, weights, b is not None, 1, 0.0, False, False, False)
        y = ops.flip(made[0], 0) if reverse else made[0]
        return y, made[1][0], made[2][0] if c is not None else None

    def _ordered(self, t: Tensor) -> Tensor:
        order = _ORDER[self.kind]
        if len(order) == 1:
            return t
        blocks = ops.chunk(t, len(order), 0)
        return ops.cat([blocks[i] for i in order])

    def _slow(
        self, x: Tensor, w: Tensor, r: Tensor, b: Tensor | None, lengths: Tensor | None, h: Tensor, c: Tensor | None,
        p: Tensor | None, reverse: bool, acts: Sequence[Callable[[Tensor], Tensor]],
    ) -> _Result:  # fmt: skip
        """Run a step at a time, in operations."""
        step = {"RNN": self._rnn, "GRU": self._gru, "LSTM": self._lstm}[self.kind]
        wb, rb = (None, None) if b is None else ops.chunk(b, 2)
        gates = ops.unbind(ops.linear(x, w, wb), 0)
        outs: list[Any] = [None] * len(gates)
        for t in range(len(gates))[:: -1 if reverse else 1]:
            new, memory = step(gates[t], h, c, r, rb, p, acts)
            if lengths is None:
                outs[t] = new
            else:
                goes_on = ops.unsqueeze(lengths > t, 1)
                outs[t] = ops.where(goes_on, new, ops.zeros_like(new))
                new = ops.where(goes_on, new, h)
                memory = memory if c is None else ops.where(goes_on, memory, c)
            h, c = new, memory
        return ops.stack(outs), h, c

    def _clipped(self, x: Tensor) -> Tensor:
        return x if self.clip is None else ops.clamp(x, -self.clip, self.clip)

    def _rnn(self, gates: Tensor, h: Tensor, c: Any, r: Tensor, rb: Any, p: Any, acts: Any) -> tuple[Tensor, Any]:
        return acts[0](self._clipped(gates + ops.linear(h, r, rb))), None

    def _gru(self, gates: Tensor, h: Tensor, c: Any, r: Tensor, rb: Any, p: Any, acts: Any) -> tuple[Tensor, Any]:
        f, g = acts
        size = h.shape[1]
        both, new = r[: 2 * size], r[2 * size :]
        both_bias, new_bias = (None, None) if rb is None else (rb[: 2 * size], rb[2 * size :])
        z, reset = ops.chunk(f(self._clipped(gates[:, : 2 * size] + ops.linear(h, both, both_bias))), 2, 1)
        before = self.before_reset
        sums = reset * ops.linear(h, new, new_bias) if before else ops.linear(reset * h, new, new_bias)
        n = g(self._clipped(gates[:, 2 * size :] + sums))
        return (1 - z) * n + z * h, None

    def _lstm(self, gates: Tensor, h: Tensor, c: Any, r: Tensor, rb: Any, p: Any, acts: Any) -> tuple[Tensor, Any]:
        f, g, last = acts
        i, o, forget, cell = ops.chunk(gates + ops.linear(h, r, rb), 4, 1)
        pi, po, pf = (0, 0, 0) if p is None else ops.chunk(p, 3)
        i = f(self._clipped(i + pi * c))
        forget = 1 - i if self.input_forget else f(self._clipped(forget + pf * c))
        c = forget * c + i * g(self._clipped(cell))
        return f(self._clipped(o + po * c)) * last(c), c


@operator("RNN", "GRU", "LSTM", numbers=(4,))
def _recurrent(node: Any) -> Form:
    layer = _Layer(node)
    count = 3 if layer.kind == "LSTM" else 2
    return lambda *inputs: layer.run(*inputs)[:count]
