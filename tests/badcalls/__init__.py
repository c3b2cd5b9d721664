"""Bad calls, a file per family: each is made on torch and on mocrograd, which must raise the same type of exception.

Add one: add a row to its family's file. Files are found by themselves; `ROWS` holds the rows of all.
"""

from importlib import import_module
from pkgutil import iter_modules

from badcalls.table import ROWS, BadCall

__all__ = ["ROWS", "BadCall"]

for _module in iter_modules(__path__):
    import_module(f"badcalls.{_module.name}")
