"""Classes beyond plain containers that the program allows in files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

from mocrograd.serialization.unpickling import allowed

Allowed = Callable[..., Any] | tuple[Callable[..., Any], str]


def add_safe_globals(safe_globals: Iterable[Allowed]) -> None:
    """Allow classes and functions in files that are loaded with `weights_only`.

    Args:
        safe_globals: Classes and functions, or pairs of one and its full name in files.

    Example:
        >>> import argparse
        >>> import io
        >>> import mocrograd as mg
        >>> file = io.BytesIO()
        >>> mg.save(argparse.Namespace(epochs=3), file)
        >>> _ = file.seek(0)
        >>> with mg.serialization.safe_globals([argparse.Namespace]):
        ...     mg.load(file)
        Namespace(epochs=3)
    """
    allowed.update(_named(safe_globals))


def get_safe_globals() -> list[Allowed]:
    """Return what is allowed, as it is given to `add_safe_globals`.

    Example:
        >>> import mocrograd as mg
        >>> import fractions
        >>> with mg.serialization.safe_globals([fractions.Fraction]):
        ...     print(fractions.Fraction in mg.serialization.get_safe_globals())
        True
    """
    return [found if name == _name(found) else (found, name) for name, found in allowed.items()]


def clear_safe_globals() -> None:
    """Allow none of what was allowed before.

    Example:
        >>> import mocrograd as mg
        >>> import fractions
        >>> mg.serialization.add_safe_globals([fractions.Fraction])
        >>> mg.serialization.clear_safe_globals()
        >>> mg.serialization.get_safe_globals()
        []
    """
    allowed.clear()


class safe_globals:
    """Allow classes and functions in files for the body of a `with`.

    Args:
        safe_globals: As for `add_safe_globals`.

    Example:
        >>> import mocrograd as mg
        >>> import fractions
        >>> with mg.serialization.safe_globals([fractions.Fraction]):
        ...     mg.save({"ratio": fractions.Fraction(1, 3)}, "ratio.pt")
        ...     print(mg.load("ratio.pt"))
        {'ratio': Fraction(1, 3)}
    """

    def __init__(self, safe_globals: Iterable[Allowed]) -> None:
        self._named = _named(safe_globals)

    def __enter__(self) -> None:
        self._before = dict(allowed)
        allowed.update(self._named)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        allowed.clear()
        allowed.update(self._before)


def _named(found: Iterable[Allowed]) -> dict[str, Any]:
    pairs = [each if isinstance(each, tuple) else (each, _name(each)) for each in found]
    return {name: each for each, name in pairs}


def _name(found: Any) -> str:
    return f"{found.__module__}.{found.__qualname__}"
