"""The only door to Mojo: kernels, devices, memory, the choice of implementation, and recording.

Everything above asks here for storage, looks up a kernel in `device.table` under "op.direction.dtype", and runs it
with `call(kernel, work, *words, device.context)`. `work` is roughly the number of scalar operations, by which the call
decides whether to release the GIL. The words are addresses, sizes, strides and scalars. Each is packed as the kernel
declares it, or refused with TypeError. Checks of shapes and dtypes happen above, in ops.
"""

from mocrograd.backend.choice import *  # noqa: F403
from mocrograd.backend.constants import *  # noqa: F403
from mocrograd.backend.devices import *  # noqa: F403
from mocrograd.backend.extensions import *  # noqa: F403
from mocrograd.backend.faults import *  # noqa: F403
from mocrograd.backend.memory import *  # noqa: F403
from mocrograd.backend.setting import *  # noqa: F403
