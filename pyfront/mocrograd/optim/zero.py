"""`ZeroRedundancyOptimizer`: states of an optimizer in parts, one for each process. Rajbhandari et al. 2020."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocrograd import ops
from mocrograd.autograd import no_grad
from mocrograd.optim.optimizer import Closure, Optimizer, Params, run_closure
from mocrograd.tensor import Tensor

__all__ = [
    "ZeroRedundancyOptimizer",
]

_BY_ELEMENT = frozenset(
    {"SGD", "Adam", "AdamW", "NAdam", "RAdam", "Adamax", "Adagrad", "Adadelta", "RMSprop", "ASGD", "Rprop"}
)


class ZeroRedundancyOptimizer(Optimizer):
    """Run an optimizer whose states are cut into equal parts, so that each of n processes holds an n-th.

    All parameters of a group are one vector; each process moves its part of it, and gathers the other parts. With stage
    1 gradients are averaged already, as `DistributedDataParallel` leaves them. With stage 2 they are those of the
    process alone (no wrapper, or `no_sync`): `step` averages and cuts them in one exchange, and drops them.

    Args:
        params: Parameters, pairs of a name and a parameter, or dicts of groups, of one dtype in each group.
        optimizer_class: An optimizer that moves each element by itself, such as Adam or SGD.
        process_group: The processes; all by default.
        parameters_as_bucket_view: Accepted.
        overlap_with_ddp: Must be False.
        stage: 1 or 2.
        defaults: The options of the optimizer.

    Raises:
        ValueError: The optimizer looks at more than an element, or the stage is another one.
    """

    def __init__(
        self, params: Params, optimizer_class: type[Optimizer], process_group: Any = None,
        parameters_as_bucket_view: bool = False, overlap_with_ddp: bool = False, *, stage: int = 1, **defaults: Any,
    ) -> None:  # fmt: skip
        from mocrograd import distributed

        if getattr(optimizer_class, "__name__", None) not in _BY_ELEMENT:
            raise ValueError(f"ZeroRedundancyOptimizer: expected one of {sorted(_BY_ELEMENT)}, got {optimizer_class}")
        if stage not in (1, 2) or overlap_with_ddp:
            raise ValueError(f"ZeroRedundancyOptimizer: expected stage 1 or 2 without overlap_with_ddp, got {stage}")
        super().__init__(params, optimizer_class([ops.zeros(1, requires_grad=True)], **defaults).defaults)
        self.group = process_group or distributed.group.WORLD
        self.ranks = 1 if self.group is None else self.group.size()
        self.rank = 0 if self.group is None else self.group.rank()
        self.stage = stage
        self.parts = [self._part(group["params"]) for group in self.param_groups]
        groups = [
            {**{k: v for k, v in group.items() if k not in ("params", "param_names")}, "params": [part]}
            for group, part in zip(self.param_groups, self.parts)
        ]
        self.optim = optimizer_class(groups, **defaults)
        self._whole: dict[int, dict[str, Any]] | None = None

    def _part(self, params: list[Tensor]) -> Tensor:
        """Return this process's part of the vector of all parameters."""
        if len({p.dtype for p in params}) > 1:
            raise ValueError("ZeroRedundancyOptimizer: expected parameters of one dtype in each group")
        return self._own(self._vector([p.detach() for p in params])).clone().requires_grad_()

    def _vector(self, tensors: list[Tensor]) -> Tensor:
        """Return tensors one after the other, with zeros at the end, so that each process has as many elements."""
        length = sum(t.numel() for t in tensors)
        padding = ops.zeros(-length % self.ranks, dtype=tensors[0].dtype)
        return ops.cat([*[t.reshape(-1) for t in tensors], padding])

    def _own(self, vector: Tensor) -> Tensor:
        share = vector.numel() // self.ranks
        return vector[self.rank * share : (self.rank + 1) * share]

    def step(self, closure: Closure | None = None, **options: Any) -> Any:
        """Move the parameters by their gradients; one that has none counts as zeros.

        Args:
            closure: Computes the loss and its gradients anew.
            options: Accepted.

        Returns:
            What the closure returned, or None.
        """
        loss = run_closure(closure)
        with no_grad():
            for group, inner, part in zip(self.param_groups, self.optim.param_groups, self.parts):
                inner.update({k: v for k, v in group.items() if k not in ("params", "param_names")})
                part.grad = self._gradient(group["params"])
            self.optim.step()
            for group, part in zip(self.param_groups, self.parts):
                self._gather(group["params"], part)
        self._whole = None
        return loss

    def _gradient(self, params: list[Tensor]) -> Tensor:
        from mocrograd import distributed

        grads = [ops.zeros_like(p, requires_grad=False) if p.grad is None else p.grad.detach() for p in params]
        vector = self._vector(grads)
        if self.stage == 1:
            return self._own(vector).clone()
        for p in params:
            p.grad = None
        if self.ranks == 1:
            return vector
        part = vector.new_zeros(vector.numel() // self.ranks)
        distributed.reduce_scatter_tensor(part, vector, distributed.ReduceOp.AVG, self.group)
        return part

    def _all(self, part: Tensor) -> Tensor:
        """Return the vector whose parts the processes have."""
        from mocrograd import distributed

        if self.ranks == 1:
            return part.detach()
        vector = part.detach().new_zeros(part.numel() * self.ranks)
        distributed.all_gather_into_tensor(vector, part.detach(), self.group)
        return vector

    def _gather(self, params: list[Tensor], part: Tensor) -> None:
        for p, value in zip(params, _cut(self._all(part), params)):
            p.detach().copy_(value)

    def consolidate_state_dict(self, to: int = 0) -> None:
        """Gather the states of all processes, for `state_dict`; all must call it.

        Args:
            to: Accepted: every process has them then.
        """
        state: dict[int, dict[str, Any]] = {}
        number = 0
        for group, part in zip(self.param_groups, self.parts):
            held = self.optim.state.get(part, {})
            params = group["params"]
            whole = {
                name: _cut(self._all(value), params) if value.numel() == part.numel() and value.ndim else value
                for name, value in held.items()
                if isinstance(value, Tensor)
            }
            for i in range(len(params)):
                found = {n: v[i].clone() if isinstance(v, list) else v.clone() for n, v in whole.items()}
                if found:
                    state[number + i] = found
            number += len(params)
        self._whole = state

    def state_dict(self) -> dict[str, Any]:
        """Return groups and states as the optimizer has them in one process.

        Raises:
            RuntimeError: `consolidate_state_dict` was not called since the last step.
        """
        if self._whole is None:
            raise RuntimeError(
                "Optimizer state has not been consolidated on this rank. Please call `consolidate_state_dict(to=rank)` "
                "on all ranks beforehand if you meant to save the global state."
            )
        return super().state_dict() | {"state": self._whole}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over groups and states that `state_dict` returned, or that of the optimizer in one process.

        Args:
            state_dict: "state" and "param_groups", with groups of the same sizes.

        Raises:
            ValueError: The number of groups, or the size of one, differs.
        """
        super().load_state_dict(state_dict)
        for group, part in zip(self.param_groups, self.parts):
            params = group["params"]
            held = [self.state.get(p, {}) for p in params]
            for name in {name for one in held for name in one}:
                values = [one[name] for one in held]
                by_element = all(v.shape == p.shape for v, p in zip(values, params)) and name != "step"
                self.optim.state[part][name] = self._own(self._vector(values)).clone() if by_element else values[0]
            with no_grad():
                part.copy_(self._own(self._vector([p.detach() for p in params])))
        self.state.clear()

    def parts_dict(self) -> dict[str, Any]:
        """Return this process's parts of states and parameters, for `distributed.checkpoint`."""
        from mocrograd.distributed.checkpoint import Part

        found: dict[str, Any] = {}
        for number, (group, part) in enumerate(zip(self.param_groups, self.parts)):
            length = sum(p.numel() for p in group["params"])
            start = self.rank * part.numel()
            for name, value in {**self.optim.state.get(part, {}), "param": part.detach()}.items():
                cut = name != "step"
                own = value.detach()[: max(0, min(part.numel(), length - start))] if cut else value
                found[f"{number}.{name}"] = Part(own, start, length) if cut else value
        return found

    def start_states(self) -> None:
        """Make the states of the first step, so that `distributed.checkpoint.load` can fill them."""
        for group, part in zip(self.optim.param_groups, self.parts):
            self.optim.begin([part], group)  # type: ignore[attr-defined]

    def load_parts(self) -> None:
        """Give the parameters the values of the parts, after `distributed.checkpoint.load` has filled them."""
        with no_grad():
            for group, part in zip(self.param_groups, self.parts):
                self._gather(group["params"], part)


def _cut(vector: Tensor, params: list[Tensor]) -> list[Tensor]:
    """Return the parts of a vector of all parameters, in their shapes."""
    found, position = [], 0
    for p in params:
        found.append(vector[position : position + p.numel()].view(p.shape))
        position += p.numel()
    return found
