"""Drawings of graphs of values."""

from __future__ import annotations

from typing import Any

from mocrograd.scalar.engine import Value

_FORMATS = ("svg", "png")
_DIRECTIONS = ("LR", "TB")


def trace(root: Value) -> tuple[set[Value], set[tuple[Value, Value]]]:
    """Return the values that a result was computed from, itself included, and the edges: (operand, result).

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.scalar import Value, trace
        >>> a, b = Value(2.0), Value(3.0)
        >>> values, edges = trace(a * b + a)
        >>> len(values), len(edges)
        (4, 4)
    """
    nodes = root.order()
    return set(nodes), {(operand, node) for node in nodes for operand in node._prev}


def draw_dot(root: Value, format: str = "svg", rankdir: str = "LR") -> Any:
    """Draw the graph of a result.

    Args:
        root: The result.
        format: "svg" or "png".
        rankdir: "LR" from left to right, "TB" from top to bottom.

    Returns:
        A `graphviz.Digraph`, which notebooks show; where the Python package graphviz is missing, `draw_text(root)`.

    Raises:
        ValueError: The format or the direction is another one.
    """
    if format not in _FORMATS or rankdir not in _DIRECTIONS:
        raise ValueError(f"draw_dot() takes a format of {_FORMATS} and a rankdir of {_DIRECTIONS}")
    try:
        from graphviz import Digraph
    except ImportError:
        return draw_text(root)
    nodes, edges = trace(root)
    dot = Digraph(format=format, graph_attr={"rankdir": rankdir})
    for n in nodes:
        name = f"{{ {n.label} | " if n.label else "{ "
        dot.node(str(id(n)), label=f"{name}data {n.data:.4f} | grad {n.grad:.4f} }}", shape="record")
        if n._op:
            dot.node(f"{id(n)}{n._op}", label=n._op)
            dot.edge(f"{id(n)}{n._op}", str(id(n)))
    for operand, result in edges:
        dot.edge(str(id(operand)), f"{id(result)}{result._op}")
    return dot


def draw_text(root: Value) -> str:
    """Return the graph of a result as lines of text: each value above its operands, which stand further right.

    A value that several others use is written out once and named by its number after that.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.scalar import Value, draw_text
        >>> a, b = Value(2.0), Value(3.0)
        >>> c = a * b
        >>> c.backward()
        >>> print(draw_text(c))
        1: * data 6.0000 grad 1.0000
          2: data 2.0000 grad 3.0000
          3: data 3.0000 grad 2.0000
    """
    lines: list[str] = []
    numbers: dict[int, int] = {}
    stack = [(root, 0)]
    while stack:
        value, depth = stack.pop()
        name = f"{value.label} " if value.label else ""
        known = numbers.get(id(value))
        if known is not None:
            lines.append(f"{'  ' * depth}{known}: {name}(see above)")
            continue
        number = numbers[id(value)] = len(numbers) + 1
        op = f"{value._op} " if value._op else ""
        lines.append(f"{'  ' * depth}{number}: {op}{name}data {value.data:.4f} grad {value.grad:.4f}")
        stack += [(operand, depth + 1) for operand in reversed(value._prev)]
    return "\n".join(lines)
