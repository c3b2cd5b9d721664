"""What is built of exchanges between processes."""

from mocrograd.distributed.algorithms.join import Join as Join
from mocrograd.distributed.algorithms.join import Joinable as Joinable
from mocrograd.distributed.algorithms.join import JoinHook as JoinHook
