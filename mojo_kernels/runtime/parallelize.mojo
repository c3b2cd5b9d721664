"""Shares of a call on max's threads instead of the team's. It needs another run-time library: see ext/max_threads.mojo."""

from max.algorithm import parallelize

from mojo_kernels.runtime.context import Runner
from mojo_kernels.runtime.team import Part
from mojo_kernels.runtime.types import Words


def max_runner() -> Int:
    """Returns what a context's `runner` is for max's `parallelize`.

    Returns:
        The address of a `Runner`.
    """
    var runner: Runner = _run_parallelize
    return MutPointer(to=runner).unsafe_bitcast[Int]()[]


def _run_parallelize(part: Part, args: Words, units: Int, share: Int, threads: Int):
    """Runs shares on max's threads, which do not survive a fork."""
    var keep = part
    var code = MutPointer(to=keep).unsafe_bitcast[Int]()[]

    def one(i: Int) {imm}:
        var address = code
        MutPointer(to=address).unsafe_bitcast[Part]()[](args, i * share, min((i + 1) * share, units))

    parallelize(one, (units + share - 1) // share, threads)
