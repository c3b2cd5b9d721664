"""Devices of several processes in rows and columns; there is one process."""

from mocrograd.distributed._alone import NeedsProcesses, needs_processes


class DeviceMesh(NeedsProcesses):
    """Devices in rows and columns; there are none."""


init_device_mesh = needs_processes("init_device_mesh")
