"""Runs a program over torch: `python over_torch.py program arguments ...`.

torchvision's wheels hold compiled operations for one build of torch, and do not import with another one where those
operations are not declared. Programs use none of them.
"""

import runpy
import sys
from importlib.util import find_spec
from pathlib import Path

if find_spec("torchvision") is not None:
    import torch

    for name in ("nms", "qnms"):
        torch.library.define(f"torchvision::{name}", "() -> ()")
del sys.argv[0]
sys.path[0] = str(Path(sys.argv[0]).parent)
runpy.run_path(sys.argv[0], run_name="__main__")
