"""Runs the examples of mocrograd.distributed's docstrings, in each of two processes alike."""

import doctest
import importlib
import pkgutil
import sys

import mocrograd as mg
from mocrograd import distributed as dist

dist.init_process_group("mpi")
names = ["mocrograd.distributed", *(f"mocrograd.distributed.{m.name}" for m in pkgutil.iter_modules(dist.__path__))]
runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
for name in names:
    module = importlib.import_module(name)
    for test in doctest.DocTestFinder(exclude_empty=True).find(module, globs={"mg": mg, "dist": dist}):
        runner.run(test)
if runner.failures or runner.tries < 100:
    sys.exit(f"{runner.failures} of {runner.tries} examples are wrong")
dist.barrier()
print(f"rank {dist.get_rank()}: all {runner.tries} examples are right")
dist.destroy_process_group()
