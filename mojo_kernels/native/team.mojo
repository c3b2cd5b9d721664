"""The threads of one model: a team that ends with it."""

from std.atomic import Atomic
from std.ffi import external_call
from std.sys import size_of

from mojo_kernels.runtime.system import free_block, new_block, thread_id, yield_core
from mojo_kernels.runtime.team import Team, TeamPointer


def new_team() -> Int:
    """Makes a team, whose threads start with the first call that is worth them.

    Returns:
        Its address, 0 where there is no memory; `dismiss` ends it.
    """
    var address = new_block(size_of[Team](), 64)
    if address != 0:
        TeamPointer(unsafe_from_address=address).unsafe_write(Team())
    return address


def dismiss(address: Int):
    """Ends all threads of a team and gives back its memory.

    Args:
        address: The team's address, or 0.
    """
    free_block(address)
