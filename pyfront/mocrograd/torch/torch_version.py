"""`torch.__version__`: text that compares with versions, as text or as a tuple."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable
from typing import Any

from mocrograd.compat.imports import VERSION

_FORM = re.compile(
    r"v?(?P<release>\d+(?:\.\d+)*)(?:[-_.]?(?P<stage>a|b|c|rc|alpha|beta|pre|preview)[-_.]?(?P<number>\d*))?"
    r"(?:[-_.]?post[-_.]?(?P<post>\d*))?(?:[-_.]?dev[-_.]?(?P<dev>\d*))?(?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?"
)
_STAGES = {"a": 0, "alpha": 0, "b": 1, "beta": 1}
_FINAL = 3


class TorchVersion(str):
    """A version: compares with text and tuples by the rules of Python's packages, so that "2.10" is above "2.9".

    As in torch, != is text's.
    """

    __slots__ = ()

    def _compare(self, other: Any, compare: Callable[[Any, Any], bool]) -> bool:
        try:
            return compare(_order(self), _order(other))
        except ValueError:  # what is no version is compared as text
            return compare(str(self), str(other))

    def __lt__(self, other: Any) -> bool:
        return self._compare(other, operator.lt)

    def __le__(self, other: Any) -> bool:
        return self._compare(other, operator.le)

    def __gt__(self, other: Any) -> bool:
        return self._compare(other, operator.gt)

    def __ge__(self, other: Any) -> bool:
        return self._compare(other, operator.ge)

    def __eq__(self, other: object) -> bool:
        return self._compare(other, operator.eq)

    __hash__ = str.__hash__


def _order(version: Any) -> tuple[Any, ...]:
    """Return what a version is ordered by.

    Args:
        version: Text, a tuple of a version's parts, or an object whose text is a version.

    Raises:
        ValueError: It has another form.
    """
    text = (
        str(version) if isinstance(version, str) or not isinstance(version, Iterable) else ".".join(map(str, version))
    )
    found = _FORM.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(f"Invalid version: {text!r}")
    release = [int(part) for part in found["release"].split(".")]
    while release and not release[-1]:
        release.pop()
    stage = (_STAGES.get(found["stage"], 2), int(found["number"] or 0)) if found["stage"] else (_FINAL, 0)
    post = -1 if found["post"] is None else int(found["post"] or 0)
    dev = math.inf if found["dev"] is None else int(found["dev"] or 0)
    if stage[0] == _FINAL and post < 0 and dev < math.inf:
        stage = (-1, 0)  # in front of all stages
    local = re.split(r"[-_.]", found["local"]) if found["local"] else []
    return release, stage, post, dev, [(part.isdigit(), part.zfill(9)) for part in local]


__version__ = TorchVersion(VERSION)
