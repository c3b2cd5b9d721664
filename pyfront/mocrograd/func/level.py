"""A level: one running `vmap`, which operations ask where they may get batched tensors."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from mocrograd import ops
from mocrograd.autograd import mode
from mocrograd.errors import NoBatchingRule
from mocrograd.func.batched import BatchedTensor, Job, bare, batched, innermost, lifted_to, show
from mocrograd.func.gradients import gradients
from mocrograd.func.rules import composed_of, in_place_of, rule_of
from mocrograd.func.trees import leaves, rebuilt
from mocrograd.ops._streams import Draw
from mocrograd.tensor import Tensor, fresh

_warned: set[str] = set()


class Level:
    """One `vmap` that is running."""

    def __init__(self, size: int, randomness: str, outer: Level | None) -> None:
        self.size, self.randomness, self.outer = size, randomness, outer
        self.ended = False
        self.number: int = 1 if outer is None else outer.number + 1

    def outside(self, call: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Call a function as outside of this level."""
        before, mode.vmap = mode.vmap, self.outer
        try:
            return call(*args, **options)
        finally:
            mode.vmap = before

    def has(self, x: Any) -> bool:
        """Return whether something is a batched tensor of this level."""
        return type(x) is BatchedTensor and x._level is self

    def run(self, key: Any, call: Callable[..., Any], args: Sequence[Any]) -> Any:
        """Compute an operation of batched tensors by its rule, for each sample where there is none.

        Args:
            key: The class of the Function, or the name of what is none.
            call: Computes it.
            args: Its arguments.

        Returns:
            The result; None where no argument is batched.
        """
        level = None
        for x in args:
            if type(x) is BatchedTensor and (level is None or x._level.number > level.number):
                level = x._level
        if level is None:
            return None
        rule = rule_of(key)
        if rule is None:
            custom = getattr(key, "vmap", None)
            return level.loop(call, tuple(args), {}, key) if custom is None else level._custom(custom, args)
        mapped = [type(x) is BatchedTensor and x._level is level for x in args]
        values = [x._value if m else x for x, m in zip(args, mapped)]
        before, mode.vmap = mode.vmap, level.outer
        try:
            found = rule(Job(key, call, level, values, mapped))
        finally:
            mode.vmap = before
        if isinstance(found, Tensor):
            return batched(found, level)
        if found is NotImplemented:
            composed = composed_of(key)
            return level.loop(call, tuple(args), {}, key) if composed is None else composed(*args)
        return tuple([x if x is None else batched(x, level) for x in found])

    def value(self, x: Any) -> Any:
        """Return the value of a batched tensor of this level, what else there is as it is."""
        return x._value if type(x) is BatchedTensor and x._level is self else x

    def _custom(self, rule: Callable[..., Any], args: Sequence[Any]) -> Any:
        """Run the rule that a user's Function has."""
        in_dims = tuple([0 if self.has(x) else None for x in args])
        result, out_dims = self.outside(rule, self, in_dims, *[self.value(x) for x in args])
        several = isinstance(result, tuple)
        pairs = zip(result, out_dims) if several else [(result, out_dims)]
        found = [y if d is None else batched(self.outside(y.movedim, d, 0), self) for y, d in pairs]
        return tuple(found) if several else found[0]

    bare = staticmethod(bare)
    is_batched = staticmethod(lambda x: type(x) is BatchedTensor)
    batch_size = property(lambda self: self.size, doc="The number of samples, as a user's rule asks for it.")

    # ------------------------------------------------------------------------ where there is no rule

    def loop(self, call: Callable[..., Any], args: Any, options: dict[str, Any], key: Any = None) -> Any:
        """Call an operation once for each sample, and say so once.

        Args:
            call: The operation.
            args: Its arguments.
            options: Its options.
            key: Its Function, which names it.

        Raises:
            RuntimeError: Results of samples differ in shape.
        """
        name = getattr(key or call, "__name__", str(key))
        if name not in _warned and not getattr(key, "generate_vmap_rule", False):
            _warned.add(name)
            warnings.warn(f"vmap: {name} has no batching rule, so it runs once for each sample", stacklevel=5)
        given = leaves((args, options))
        in_place = name.endswith("_") and not name.startswith("_")
        if in_place and not self.has(given[0]) and any(self.has(x) for x in given):
            raise _not_possible(name)
        results, samples = [], []
        for i in range(self.size):
            sample = [self.outside(x._value.select, 0, i) if self.has(x) else x for x in given]
            some_args, some_options = rebuilt((args, options), sample)
            results.append(self.outside(call, *some_args, **some_options))
            samples.append(sample)
        if not results:
            raise RuntimeError(f"vmap: {name} has no batching rule, and there is no sample to run it for")
        return self._together(name, results, samples[0], given if in_place else [])

    def _together(self, name: str, results: list[Any], sample: list[Any], given: list[Any]) -> Any:
        """Return the results of all samples as batched ones; what a change in place returns as what it changed."""
        columns = list(zip(*[leaves(result) for result in results]))
        joined = []
        for column in columns:
            first = column[0]
            same = [x for x, own in zip(given, sample) if own is first and self.has(x)]
            if same or not isinstance(first, Tensor):
                joined.append(same[0] if same else first)
                continue
            if any(x._shape != first._shape for x in column):
                shapes = sorted({tuple(x.shape) for x in column})
                raise RuntimeError(f"vmap: {name} gives results of other shapes for other samples: {shapes}")
            joined.append(batched(self.outside(ops.stack, column), self))
        return rebuilt(results[0], joined)

    # ------------------------------------------------------------------------------- changes in place

    def mutate(self, change: Callable[..., Any], name: str, input: Any, function: Any, operands: Any, rest: Any,
               aligned: bool) -> Any:  # fmt: skip
        """Change a tensor in place, as `mutate` of ops/_inplace.py, which is `change`; None where nothing is batched.

        Raises:
            RuntimeError: What is written is batched, and the tensor is not.
        """
        if not self.has(input):
            if any(self.has(x) for x in (*operands, *rest)):
                raise _not_possible(name)
            return None if self.outer is None else self.outside(
                self.outer.mutate, change, name, input, function, operands, rest, aligned
            )  # fmt: skip
        rule = in_place_of(function)
        if rule is not None:
            args = (input, *operands, *rest)
            mapped = [self.has(x) for x in args]
            job = Job(function, change, self, [self.value(x) for x in args], mapped)
            self.outside(rule, job, name, function, len(operands), aligned)
            return input
        for i in range(self.size):
            first, *others = [
                self.outside(x._value.select, 0, i) if self.has(x) else x for x in (input, *operands, *rest)
            ]
            split = len(operands)
            self.outside(change, name, first, function, tuple(others[:split]), tuple(others[split:]), aligned)
        return input

    def copy(self, x: Tensor, others: Sequence[Any]) -> Tensor | None:
        """Return a copy of a tensor that others will be written into, with memory for each of their samples.

        Args:
            x: The tensor.
            others: Tensors and others.

        Returns:
            The copy; None where no tensor is batched.
        """
        level = innermost((x, *others))
        if level is None:
            return None
        return batched(level.outside(lambda: level.outside(lifted_to, x, level, True).clone()), level)

    def relabel(self, input: Any, view: Callable[[Any], Any]) -> bool:
        """Give a batched tensor the shape of a view of it; return False where it is none."""
        if type(input) is not BatchedTensor:
            return False
        new = view(batched(input._value, input._level))
        show(input, new._value, new._level)
        return True

    def like(self, input: Any, made: Tensor) -> Tensor:
        """Return a new tensor, for each sample where it was made like a batched one."""
        if type(input) is not BatchedTensor:
            return made
        level = input._level
        inner = level.like(input._value, made) if type(input._value) is BatchedTensor else made
        return batched(level.outside(lambda: inner.expand(level.size, *inner._shape).clone()), level)

    # --------------------------------------------------------------------------------- random numbers

    def draw(self, draw: Callable[..., Any], kind: str, out: Tensor, generator: Any, parameters: Any) -> Tensor:
        """Fill a new tensor with random numbers, as `_draw` of ops/random.py, which is `draw`.

        Raises:
            RuntimeError: The randomness of this level is "error".
        """
        self.check_randomness()
        if self.randomness == "same":
            return self.outside(draw, kind, out, generator, *parameters)
        every = fresh((self.size, *out._shape), self.size * out._size, out.dtype, out.device)
        return batched(self.outside(draw, kind, every, generator, *parameters), self)

    def sample(self, draw: Callable[..., Any], kind: str, a: Any, b: Any, generator: Any, wrong: str) -> Tensor:
        """Return numbers of a distribution, as `sampled` of ops/random.py, which is `draw`.

        Raises:
            RuntimeError: The randomness of this level is "error".
        """
        self.check_randomness()
        if not (self.has(a) or self.has(b)) and self.randomness == "same":
            return self.outside(draw, kind, a, b, generator, wrong)
        every = [x if x is None else self.value(x) if self.has(x) else x.expand(self.size, *x._shape) for x in (a, b)]
        if self.randomness == "different":
            return batched(self.outside(draw, kind, *every, generator, wrong), self)
        numbers = Draw(a._size, generator)
        rows = zip(*[[None] * self.size if x is None else x.unbind(0) for x in every])
        drawn = [self.outside(draw, kind, *row, generator, wrong, numbers) for row in rows]
        return batched(self.outside(ops.stack, drawn), self)

    def check_randomness(self) -> None:
        """Raise where no random numbers may be drawn."""
        if self.randomness == "error":
            raise RuntimeError(
                "vmap: called random operation while in randomness error mode. Please either use the 'same' or "
                "'different' randomness flags on vmap or perform the randomness operation out of vmap"
            )

    def draw_in_place(self, draw: Callable[..., Any], name: str, kind: str, input: Any, *rest: Any) -> Tensor:
        """Replace a tensor's elements by random numbers.

        Raises:
            RuntimeError: Numbers are to differ between samples, and the tensor is not batched.
        """
        self.check_randomness()
        if self.randomness == "same":
            if not self.has(input):
                return self.outside(draw, name, kind, input, *rest)
            one = self.outside(ops.empty_like, input._value[0])
            return input.copy_(self.outside(draw, name, kind, one, *rest))
        if not self.has(input):
            raise RuntimeError(
                "vmap: Cannot ask for different inplace randomness on an unbatched tensor. This will appear like same "
                "randomness. If this is necessary for your usage, please file an issue with functorch."
            )
        self.outside(draw, name, kind, input._value, *rest)
        return input

    # --------------------------------------------------------------------------------- differentiation

    def gradients(
        self, engine: Callable[..., Any], outputs: Any, inputs: tuple[Any, ...], grad_outputs: Any, *options: Any
    ) -> tuple[Any, ...]:
        """Return gradients of batched tensors, or batched gradients of others; `engine` is that of others."""
        return gradients(self, engine, outputs, inputs, grad_outputs, options)

    def backward(self, node: Any, grads: list[Any]) -> Any:
        """Run the backward of a node outside of this level on gradients of which some are batched."""
        try:
            return node.backward(node, *grads)
        except NoBatchingRule as error:
            return error.level.loop(lambda *parts: node.backward(node, *parts), tuple(grads), {}, type(node))  # type: ignore[attr-defined]


def _not_possible(name: str) -> RuntimeError:
    """Return torch's error for a change in place of a tensor that all samples share."""
    return RuntimeError(
        f"vmap: {name}(self, *extra_args) is not possible because there exists a Tensor `other` in extra_args that has "
        "more elements than `self`. This happened due to `other` being vmapped over but `self` not being vmapped over "
        f"in a vmap. Please try to use out-of-place operators instead of {name}. If said operator is being called "
        "inside the PyTorch framework, please file a bug report instead."
    )
