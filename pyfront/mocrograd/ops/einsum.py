"""Einstein summation: any product and sum over named dimensions, as matrix products of permuted views.

An operand is a tensor with a letter for each dimension. Operands are contracted two by two, in the order that takes the
fewest multiplications. A pair is one matrix product: letters of both that are still needed are its batch, letters of
both that are not are summed over, and the others are rows and columns. Dimensions are only permuted and, where several
letters stand for one dimension of the product, joined, so most products run without a copy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from mocrograd.ops import elementwise
from mocrograd.ops.contractions import diagonal_of
from mocrograd.ops.matmul import check_operands, matmul
from mocrograd.ops.movement import permute, reshape
from mocrograd.ops.reduce import sum as sum_of
from mocrograd.tensor import Tensor

Term = tuple[int, ...]
"""A number for each dimension: letters are 0 to 51; an ellipsis has 52 for its last one, 53 for the one before."""
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ELLIPSIS = -1
_MOST = 8
"""Operands for which the cheapest order is sought; more are contracted from the left."""


def einsum(*args: Any) -> Tensor:
    """Return the sum of products of elements over dimensions that are named by letters.

    Args:
        *args: An equation and its operands, as in `einsum("...ij,jk->...ik", a, b)`, or operands that each have a list
            of numbers behind them, and at last, if wanted, the list of the result.
            A letter twice in one operand takes the diagonal; letters that the result lacks are summed over. Without an
            arrow the result has the letters that occur once, in alphabetical order, behind those of the ellipsis.

    Returns:
        The dimensions that the result names.

    Raises:
        ValueError: There is no operand.
        RuntimeError: The equation is malformed, does not fit the operands, or sizes under one letter differ.
    """
    terms, out, operands = _parse(args)
    for x in operands:
        check_operands("einsum", operands[0], x)
    named, result = _resolve(terms, out, tuple([len(x._shape) for x in operands]))
    parts = [_without_repeats(x, term) for x, term in zip(operands, named)]
    _check_sizes(parts)
    order = _order(tuple([term for _, term in parts]), result, _sizes(parts))
    for first, second in order:
        b, a = parts.pop(second), parts.pop(first)
        needed = {*result, *[letter for _, term in parts for letter in term]}
        parts.append(_contract(a, b, needed, result))
    x, term = parts[0]
    x, term = _sum_out((x, term), set(result))
    return permute(x, [term.index(letter) for letter in result]) if term != result else x


# ------------------------------------------------------------------------------------------ notation


def _parse(args: tuple[Any, ...]) -> tuple[tuple[Term, ...], Term | None, list[Tensor]]:
    """Return the terms of the operands and of the result, with `_ELLIPSIS` in place of "...", and the operands."""
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its "
            f"subscripts list, got {len(args)} arguments"
        )
    if isinstance(args[0], Tensor):
        operands, lists = list(args[: len(args) // 2 * 2 : 2]), list(args[1::2])
        listed = [_from_list(item) for item in lists]
        return tuple(listed), _from_list(args[-1]) if len(args) % 2 else None, operands
    equation, *rest = args
    if not isinstance(equation, str):
        raise TypeError(f"einsum(): expected an equation or a Tensor first, got {type(equation).__name__}")
    operands = list(rest[0]) if len(rest) == 1 and isinstance(rest[0], (list, tuple)) else rest
    if not operands:
        raise ValueError("einsum(): must provide at least one operand")
    terms, out = _split(equation)
    if len(terms) != len(operands):
        few = "more" if len(operands) > len(terms) else "fewer"
        raise RuntimeError(
            f"einsum(): {few} operands were provided than specified in the equation '{equation}': expected "
            f"{len(terms)}, got {len(operands)}"
        )
    return terms, out, operands


@lru_cache(maxsize=1024)
def _split(equation: str) -> tuple[tuple[Term, ...], Term | None]:
    left, arrow, right = equation.partition("->")
    terms = tuple([_from_text(text, equation) for text in left.split(",")])
    return terms, _from_text(right, equation) if arrow else None


def _from_text(text: str, equation: str) -> Term:
    before, dots, after = text.replace(" ", "").partition("...")
    for letter in before + after:
        if letter not in _LETTERS:
            raise RuntimeError(
                f"einsum(): invalid subscript given: expected letters [a-zA-Z] and one ellipsis '...' per operand, but "
                f"got '{letter}' in '{equation}'"
            )
    places = [_LETTERS.index(letter) for letter in before + after]
    return (*places[: len(before)], _ELLIPSIS, *places[len(before) :]) if dots else tuple(places)


def _from_list(numbers: Any) -> Term:
    if not isinstance(numbers, (list, tuple)):
        raise TypeError(f"einsum(): expected a list of subscripts behind each operand, got {type(numbers).__name__}")
    for n in numbers:
        if n is not Ellipsis and not (isinstance(n, int) and 0 <= n < len(_LETTERS)):
            raise ValueError(f"einsum(): expected subscripts in range [0, {len(_LETTERS)}) or Ellipsis, got {n!r}")
    if list(numbers).count(Ellipsis) > 1:
        raise RuntimeError(f"einsum(): expected one ellipsis at most, got {list(numbers)}")
    return tuple([_ELLIPSIS if n is Ellipsis else int(n) for n in numbers])


@lru_cache(maxsize=1024)
def _resolve(terms: tuple[Term, ...], out: Term | None, ranks: Term) -> tuple[tuple[Term, ...], Term]:
    """Return terms with numbers for the dimensions of ellipses, and the result's term."""
    most = 0
    for place, (term, ndim) in enumerate(zip(terms, ranks)):
        dots = _ELLIPSIS in term
        beside = "even with its ellipsis" if dots else "and no ellipsis was given"
        if len(term) - dots > ndim or (not dots and len(term) != ndim):
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({len(term) - dots}) does not match the number of "
                f"dimensions ({ndim}) for operand {place} {beside}"
            )
        if dots:
            most = max(most, ndim - len(term) + 1)
    full = tuple([_expanded(term, ndim - len(term) + 1) for term, ndim in zip(terms, ranks)])
    if out is None:
        letters = [letter for term in full for letter in term if letter < len(_LETTERS)]
        return full, (*_dots(most), *sorted([letter for letter in set(letters) if letters.count(letter) == 1]))
    result = _expanded(out, most)
    known = {letter for term in full for letter in term}
    for letter in result:
        name = _name(letter)
        if result.count(letter) > 1:
            raise RuntimeError(f"einsum(): output subscript {name} appears more than once in the output")
        if letter not in known:
            raise RuntimeError(
                f"einsum(): output subscript {name} does not appear in the equation for any input operand"
            )
    return full, result


def _dots(count: int) -> Term:
    return tuple(range(len(_LETTERS) + count - 1, len(_LETTERS) - 1, -1))


def _expanded(term: Term, count: int) -> Term:
    if _ELLIPSIS not in term:
        return term
    place = term.index(_ELLIPSIS)
    return (*term[:place], *_dots(count), *term[place + 1 :])


def _name(letter: int) -> str:
    return _LETTERS[letter] if letter < len(_LETTERS) else f"dimension {len(_LETTERS) - letter - 1} of the ellipsis"


# ------------------------------------------------------------------------------------------ operands

Part = tuple[Tensor, Term]


def _without_repeats(x: Tensor, term: Term) -> Part:
    """Return an operand with diagonals in place of the dimensions under one letter."""
    while len(set(term)) != len(term):
        letter = next(n for n in term if term.count(n) > 1)
        first = term.index(letter)
        second = term.index(letter, first + 1)
        if x._shape[first] != x._shape[second]:
            raise RuntimeError(
                f"einsum(): subscript {_name(letter)} is repeated for an operand but the sizes don't match, "
                f"{x._shape[second]} != {x._shape[first]}"
            )
        rest = [d for d in range(len(term)) if d not in (first, second)]
        x = diagonal_of(permute(x, [*rest, first, second]))
        term = (*[term[d] for d in rest], letter)
    return x, term


def _sizes(parts: Sequence[Part]) -> dict[int, int]:
    """Return the size of each letter; where sizes differ the others are 1."""
    sizes: dict[int, int] = {}
    for x, term in parts:
        for letter, size in zip(term, x._shape):
            if sizes.get(letter, 1) == 1:
                sizes[letter] = size
    return sizes


def _check_sizes(parts: Sequence[Part]) -> None:
    sizes = _sizes(parts)
    for place, (x, term) in enumerate(parts):
        for letter, size in zip(term, x._shape):
            if size not in (1, sizes[letter]):
                raise RuntimeError(
                    f"einsum(): subscript {_name(letter)} has size {size} for operand {place} which does not broadcast "
                    f"with previously seen size {sizes[letter]}"
                )


def _order(terms: tuple[Term, ...], result: Term, sizes: dict[int, int]) -> Sequence[tuple[int, int]]:
    if len(terms) < 3:
        return [(0, 1)] * (len(terms) - 1)
    return _cheapest(terms, result, tuple(sorted(sizes.items())))


@lru_cache(maxsize=1024)
def _cheapest(terms: tuple[Term, ...], result: Term, sizes: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    """Return which two of the list of operands to contract next; their product comes last in the list.

    Each set of operands has a least cost, that of the best two sets that it can be divided into and of their product.
    """
    count, size = len(terms), dict(sizes)
    if count > _MOST:
        return [(0, 1), *[(0, count - 2 - i) for i in range(count - 2)]]
    everything = (1 << count) - 1
    within = [{n for i in range(count) if chosen >> i & 1 for n in terms[i]} for chosen in range(everything + 1)]
    kept = [within[s] & (set(result) | within[everything ^ s]) for s in range(everything + 1)]
    cost = [0] * (everything + 1)
    halves = [0] * (everything + 1)
    for chosen in range(1, everything + 1):
        if not chosen & (chosen - 1):
            continue
        cost[chosen] = -1
        part = (chosen - 1) & chosen
        while part:
            rest = chosen ^ part
            total = cost[part] + cost[rest] + math.prod([size[n] for n in kept[part] | kept[rest]])
            if cost[chosen] < 0 or total < cost[chosen]:
                cost[chosen], halves[chosen] = total, part
            part = (part - 1) & chosen
    present = [1 << i for i in range(count)]
    steps = []

    def divide(chosen: int) -> None:
        if not chosen & (chosen - 1):
            return
        divide(halves[chosen])
        divide(chosen ^ halves[chosen])
        first, second = sorted((present.index(halves[chosen]), present.index(chosen ^ halves[chosen])))
        steps.append((first, second))
        del present[second], present[first]
        present.append(chosen)

    divide(everything)
    return steps


# --------------------------------------------------------------------------------------- contraction


def _sum_out(part: Part, needed: set[int]) -> Part:
    """Return an operand summed over the letters that nothing else needs."""
    x, term = part
    gone = tuple([d for d, letter in enumerate(term) if letter not in needed])
    if not gone:
        return part
    return sum_of(x, gone, dtype=x.dtype), tuple([letter for letter in term if letter in needed])


def _contract(a: Part, b: Part, needed: set[int], result: Term) -> Part:
    """Return the product of two operands, summed over the letters that nothing else needs."""
    sizes = _sizes((a, b))
    a, b = _sum_out(a, needed | set(b[1])), _sum_out(b, needed | set(a[1]))
    a, b = _squeezed(a, sizes), _squeezed(b, sizes)  # a size that broadcasts is no dimension of the product
    a, b = _sum_out(a, needed | set(b[1])), _sum_out(b, needed | set(a[1]))
    if (result and result[-1] in a[1] and result[-1] not in b[1]) or (a[1] and len(b[1]) == 0):
        a, b = b, a  # so that the result comes out in the order that is wanted
    (x, of_x), (y, of_y) = a, b
    shared = [letter for letter in of_x if letter in of_y]
    batch = [letter for letter in shared if letter in needed]
    if result:
        batch.sort(key=lambda letter: result.index(letter) if letter in result else -1)
    summed = [letter for letter in (of_x if x._size >= y._size else of_y) if letter in shared and letter not in needed]
    rows = [letter for letter in of_x if letter not in of_y]
    columns = [letter for letter in of_y if letter not in of_x]
    left = _view(x, of_x, batch, rows, summed) if summed else _spread(x, of_x, [*batch, *rows, *columns])
    right = _view(y, of_y, batch, summed, columns) if summed else _spread(y, of_y, [*batch, *rows, *columns])
    term = (*batch, *rows, *columns)
    if not summed:
        return elementwise.mul(left, right), term
    out = matmul(left, right)
    return reshape(out, [sizes[letter] for letter in term]), term


def _squeezed(part: Part, sizes: dict[int, int]) -> Part:
    x, term = part
    keep = [d for d, letter in enumerate(term) if x._shape[d] == sizes[letter]]
    if len(keep) == len(term):
        return part
    return reshape(x, [x._shape[d] for d in keep]), tuple([term[d] for d in keep])


def _view(x: Tensor, term: Term, *groups: list[int]) -> Tensor:
    """Return an operand as (*batch, first, second): a dimension for each letter of the batch, one for each group."""
    order = [term.index(letter) for group in groups for letter in group]
    x = permute(x, order) if order != list(range(len(order))) else x
    batch, first, second = [len(group) for group in groups]
    if first == second == 1:
        return x
    shape = x._shape
    return reshape(x, [*shape[:batch], math.prod(shape[batch : batch + first]), math.prod(shape[batch + first :])])


def _spread(x: Tensor, term: Term, letters: list[int]) -> Tensor:
    """Return an operand with a dimension for each letter, of size 1 where it lacks the letter."""
    order = [term.index(letter) for letter in letters if letter in term]
    x = permute(x, order) if order != list(range(len(order))) else x
    sizes = iter(x._shape)
    return reshape(x, [next(sizes) if letter in term else 1 for letter in letters])
