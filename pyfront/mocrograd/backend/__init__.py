"""The only door to Mojo: the kernels, devices, memory, the choice of implementation, and what is recorded of them.

Everything above asks here for storage, looks up a kernel in `device.table` under "op.direction.dtype", and runs it
with `call(kernel, work, *words, device.context)`. `work` is roughly the number of scalar operations, from which the
trampoline decides whether to release the GIL. The words are addresses, sizes, strides and scalars; each is packed
as what the kernel declares at its place, or refused with TypeError. Checks of shapes and dtypes happen above, in
ops.
"""

from mocrograd.backend.choice import *  # noqa: F403
from mocrograd.backend.devices import *  # noqa: F403
from mocrograd.backend.extensions import *  # noqa: F403
from mocrograd.backend.memory import *  # noqa: F403
from mocrograd.backend.setting import *  # noqa: F403
