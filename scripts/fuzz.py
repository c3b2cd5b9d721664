"""Calls every public function with random arguments in child processes; prints what crashed, hung or raised oddly."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import inspect
import multiprocessing
import random
import resource
import sys
import threading
import warnings
from collections.abc import Iterator
from multiprocessing.connection import Connection
from queue import Empty, Queue
from typing import Any, NamedTuple

from toolchain import ROOT

sys.path.insert(0, str(ROOT / "tests"))

FUNCTIONS = (
    "", "nn.functional", "nn.init", "nn.utils", "nn.utils.rnn", "linalg", "special", "func", "autograd",
    "autograd.functional",
)  # fmt: skip
CLASSES = ("nn", "optim", "optim.lr_scheduler", "distributions")
CLEAN = (TypeError, ValueError, RuntimeError, IndexError, MemoryError)  # NotImplementedError is a RuntimeError
NOT_HERE = {
    "nn.Module", "autograd.attach", "nn.init.qr",
    "nn.init.skipped", "nn.utils.rnn.padded_indices", "nn.utils.rnn.invert_permutation", "distributions.Distribution",
    "distributions.Transform", "optim.Optimizer",
}  # fmt: skip
"""Bases that do nothing by themselves, and what modules use of each other."""
SECONDS = 20
MEMORY = 12 << 30
CHUNK = 100


class Finding(NamedTuple):
    """Something that no call may do."""

    what: str
    call: str


def main(arguments: list[str]) -> int:
    """Fuzzes; returns 1 where there is a finding, else 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="functions, as `Tensor.add` or `nn.functional.pad`; all by default")
    parser.add_argument("--calls", type=int, default=20_000, help="how many calls, spread over the functions")
    parser.add_argument("--seed", type=int, default=0, help="another seed makes other calls")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    options = parser.parse_args(arguments)
    names = options.names or public_names()
    each = max(1, options.calls // len(names))
    tasks: Queue[tuple[str, int, int]] = Queue()
    chunks = [
        (name, min(CHUNK, each - done), done + options.seed * 1_000_003)
        for name in names
        for done in range(0, each, CHUNK)
    ]
    random.Random(options.seed).shuffle(chunks)
    for chunk in chunks:
        tasks.put(chunk)
    found: dict[str, Finding] = {}
    counts = [0] * options.jobs
    threads = [threading.Thread(target=work_off, args=(tasks, found, counts, i)) for i in range(options.jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"{sum(counts)} calls of {len(names)} functions, {len(found)} findings")
    for finding in sorted(found.values()):
        print(f"{finding.what}\n    {finding.call}")
    return 1 if found else 0


# ------------------------------------------------------------------------- the parent, a thread per child


def work_off(tasks: Queue[tuple[str, int, int]], found: dict[str, Finding], counts: list[int], index: int) -> None:
    """Gives tasks to a child, and to a new one where that died or stood still."""
    context = multiprocessing.get_context("spawn")
    child: Any = None
    pipe: Any = None
    while True:
        try:
            task = tasks.get_nowait()
        except Empty:
            break
        if child is None:
            pipe, theirs = context.Pipe()
            child = context.Process(target=child_main, args=(theirs,))
            child.start()
            theirs.close()
        pipe.send(task)
        ended = listen(pipe, found, counts, index)
        if ended:
            child.kill()
            child.join()
            what, call = ended
            what = what or f"exit status {child.exitcode}"
            found.setdefault(f"{what} {task[0]}", Finding(f"{what}: {task[0]}", call))
            child = None
    if child is not None:
        pipe.send(None)
        child.join()


def listen(pipe: Connection, found: dict[str, Finding], counts: list[int], index: int) -> tuple[str, str] | None:
    """Takes a child's reports until its task is done; returns what ended it otherwise, and the call."""
    call = "(before its first call)"
    while pipe.poll(SECONDS * 3 if call.startswith("(") else SECONDS):
        try:
            kind, text, label = pipe.recv()
        except EOFError:
            return "", call
        if kind == "done":
            return None
        if kind == "call":
            counts[index] += 1
            call = text
        else:
            found.setdefault(label, Finding(text, call))
    return f"no end within {SECONDS} s", call


# ---------------------------------------------------------------------------------------- the child


def child_main(pipe: Connection) -> None:
    """Does tasks until there is none."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    warnings.simplefilter("ignore")
    while (task := pipe.recv()) is not None:
        run_task(pipe, *task)
        pipe.send(("done", "", ""))


def run_task(pipe: Connection, name: str, count: int, seed: int) -> None:
    """Calls a function so many times."""
    import hypothesis
    from hypothesis import strategies as st

    def once(data: Any) -> None:
        call(pipe, name, data)

    settings = hypothesis.settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.seed(seed)(settings(hypothesis.given(st.data())(once)))()


def call(pipe: Connection, name: str, data: Any) -> None:
    """Calls a function once, and reports what it may not raise."""
    import mocrograd as mg
    from hypothesis import strategies as st

    args, options = drawn(name, data)
    differentiated = data.draw(st.booleans())
    pipe.send(("call", f"{name}{(*args, options)}"[:2000], ""))
    with contextlib.redirect_stdout(None):
        try:
            given = [generators().given_to(mg, a) for a in args]
            named = {key: generators().given_to(mg, value) for key, value in options.items()}
            floats = [t for t in tensors_of([given, named]) if t.dtype.is_floating_point]
            if differentiated:
                for t in floats:
                    t.requires_grad_()
            path, _, last = name.rpartition(".")
            function = getattr(owner_of(path), last)
            made = use(mg, path, function, given, named) if inspect.isclass(function) else function(*given, **named)
            look_at(made, differentiated)
        except CLEAN:
            pass
        except Exception as error:
            too_large = isinstance(error, OverflowError) and huge([args, options])  # as torch raises it
            if not too_large and type(error).__name__ != of_torch(name, args, options):
                pipe.send(("raised", f"{name}: {error!r}"[:300], f"{name} {type(error)}"))


def of_torch(name: str, args: list[Any], options: dict[str, Any]) -> str:
    """Returns the name of the type of what torch raises for a call, "" where it raises nothing or is not installed."""
    path, _, last = name.rpartition(".")
    try:
        torch = importlib.import_module("torch")
        owner = torch.Tensor if path == "Tensor" else importlib.import_module(f"torch.{path}") if path else torch
    except ImportError:
        return ""
    try:
        given = [generators().given_to(torch, a) for a in args]
        named = {key: generators().given_to(torch, value) for key, value in options.items()}
        function = getattr(owner, last)
        if inspect.isclass(function):
            use(torch, path, function, given, named)
        else:
            function(*given, **named)
    except Exception as error:
        return type(error).__name__
    return ""


def look_at(result: Any, differentiated: bool) -> None:
    """Reads what a call returned, and differentiates it."""
    tensors = list(tensors_of(result))
    for t in tensors:
        repr(t)
    if differentiated:
        for t in tensors:
            if t.requires_grad and t.dtype.is_floating_point:
                t.sum().backward()


def tensors_of(value: Any) -> Iterator[Any]:
    """Yields the tensors in nested containers."""
    import mocrograd as mg

    if isinstance(value, mg.Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from tensors_of(part)
    elif isinstance(value, dict):
        yield from tensors_of(list(value.values()))


def huge(value: Any) -> bool:
    """Returns whether there is an integer of more than 62 bits somewhere."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return any(huge(part) for part in value)
    return isinstance(value, int) and abs(value) >= 1 << 62


def drawn(name: str, data: Any) -> tuple[list[Any], dict[str, Any]]:
    """Returns arguments; those for a class begin with what its object is used on."""
    from hypothesis import strategies as st

    path, _, last = name.rpartition(".")
    function = getattr(owner_of(path), last)
    if inspect.isclass(function):
        args, options = data.draw(generators().calls(function, 1 if path.startswith("optim") else 0))
        return [data.draw(st.lists(generators().arrays(), min_size=1, max_size=3)), *args], options
    args, options = data.draw(generators().calls(function, 1 if path == "Tensor" else 0))
    return [data.draw(generators().arrays()), *args] if path == "Tensor" else args, options


def use(m: Any, path: str, cls: Any, given: list[Any], options: dict[str, Any]) -> Any:
    """Makes an object of a class of mocrograd or torch and uses it: calls a layer, steps, draws."""
    inputs, *args = given
    if path in ("nn", "distributions"):
        made = cls(*args, **options)
        repr(made)
        if not hasattr(made, "sample"):
            return made(*inputs)
        sample = made.sample((2,))
        return [sample, made.log_prob(sample), made.mean, made.variance]
    parameters = [m.nn.Parameter(t) for t in inputs if t.dtype.is_floating_point]
    for p in parameters:
        p.grad = m.ones_like(p)
    if path == "optim":
        optimizer = cls(parameters, *args, **options)
        optimizer.step(*[lambda: sum(p.sum() for p in parameters)] * (cls.__name__ == "LBFGS"))
        return parameters
    optimizer = m.optim.SGD(parameters, lr=0.1)
    schedule = cls(optimizer, *args, **options)
    for _ in range(3):
        optimizer.step()
        schedule.step()
    return schedule.get_last_lr()


def generators() -> Any:
    """Returns the module of the tests that draws arguments."""
    return importlib.import_module("fuzz.calls")


def owner_of(path: str) -> Any:
    """Returns the module, or the class Tensor, that a path names."""
    import mocrograd as mg

    if path == "Tensor":
        return mg.Tensor
    return importlib.import_module(f"mocrograd.{path}") if path else mg


def public_names() -> list[str]:
    """Returns the names of all functions, methods and classes that are fuzzed."""

    names = [f"Tensor.{name}" for name in generators().METHODS if name not in generators().NOT_CALLED]
    for path in (*FUNCTIONS, *CLASSES):
        for name, value in sorted(vars(owner_of(path)).items()):
            whole = f"{path}.{name}" if path else name
            wanted = inspect.isclass(value) if path in CLASSES else inspect.isroutine(value)
            wanted = wanted and value.__module__.startswith("mocrograd")
            state = name.startswith(("_", "set_", "is_")) or name in generators().NOT_CALLED or whole in NOT_HERE
            if wanted and not state:
                names.append(whole)
    return names


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
