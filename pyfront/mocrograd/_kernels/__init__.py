"""The compiled extensions, one per file of mojo_kernels/ext; scripts/build_kernels.py puts them here.

MOCROGRAD_KERNELS_DIR names a folder with another build of them, for example one for another accelerator.
"""

import os

# An empty name means the running interpreter. Without it Mojo starts the `python3` of the PATH to ask for its
# library, which takes 20 to 50 ms, can be another version, and ends the process where the PATH has none.
os.environ.setdefault("MOJO_PYTHON_LIBRARY", "")

if "MOCROGRAD_KERNELS_DIR" in os.environ:
    __path__.insert(0, os.environ["MOCROGRAD_KERNELS_DIR"])
