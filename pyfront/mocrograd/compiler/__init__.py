"""Compiled steps: `compile` records the kernel calls of a function, optimises them, and replays them in one call.

- `compiling.py`: `compile`. `module.py`: what it makes of a module.
- `function.py`: finds a plan that fits a call, or runs the function eagerly.
- `record.py`: runs a function once while calls and memory are logged.
- `trace.py`: turns the log into calls over memory blocks.
- `guards.py`: what a function depends on besides its arguments.
- `tree.py`: nested arguments and results.
- `passes.py`: drops, folds and fuses calls. `memory.py`: shares addresses. `program.py`: writes the words that run.
- `plan.py`: a plan, ready to run. `explain.py`: its report on itself.
"""

from mocrograd.compiler.compiled import MOST_PLANS, Compiled
from mocrograd.compiler.function import compile
from mocrograd.compiler.module import OptimizedModule
from mocrograd.compiler.plan import Plan

__all__ = ["MOST_PLANS", "Compiled", "OptimizedModule", "Plan", "compile"]
