"""Processes with batches of different numbers; there is one process."""

from mocrograd.distributed._alone import NeedsProcesses


class JoinHook:
    """What a process does that has no batches left."""


class Joinable:
    """What `Join` waits for."""


class Join(NeedsProcesses):
    """Lets processes wait for those that have more batches; there are none."""
