"""The table of operations, a file per family. A row drives all generic checks of an op, on each implementation and device.

Add an op: add a row to its family's file. Files are found by themselves; `ROWS` holds the rows of all.
"""

from importlib import import_module
from pkgutil import iter_modules

from opcases.table import FLOATS, ROWS, Row, Shape, outputs, size

__all__ = ["FLOATS", "ROWS", "Row", "Shape", "outputs", "size"]

for _module in iter_modules(__path__):
    import_module(f"opcases.{_module.name}")
