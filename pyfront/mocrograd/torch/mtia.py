"""`torch.mtia`: Meta's accelerators, of which there are none."""

from mocrograd.torch._absent_device import *  # noqa: F403
