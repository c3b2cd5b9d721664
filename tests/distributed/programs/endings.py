"""One rank ends in some way while the others wait for it, or all use the exchanges wrongly in some way."""

import os
import re
import signal
import sys
import time
from datetime import timedelta

import mocrograd as mg
import pytest
from mocrograd import distributed as dist

how = sys.argv[1]
if how == "before":
    if os.environ["RANK"] == "1":
        raise ValueError("before MPI has started")
    time.sleep(100)
dist.init_process_group(timeout=timedelta(seconds=2) if how in ("silence", "no message") else None)
rank = dist.get_rank()
dist.barrier()


def raises(kind, words, function, *args, **options):
    with pytest.raises(kind, match=re.escape(words)) as fault:
        function(*args, **options)
    print(f"rank {rank} knows: {fault.value}", flush=True)


def others():
    dist.all_reduce(mg.ones(3))


if how == "exception" and rank == 1:
    raise ValueError("a fault of the program")
elif how == "kill" and rank == 1:
    os.kill(os.getpid(), signal.SIGKILL)
elif how == "exit 0" and rank == 1:
    sys.exit(0)
elif how == "exit 3" and rank == 1:
    sys.exit(3)
elif how == "_exit" and rank == 1:
    os._exit(0)
elif how == "end" and rank == 1:
    pass
elif how == "async":
    if rank == 1:
        raise ValueError("a fault of the program")
    dist.all_reduce(mg.ones(3), async_op=True).wait()
elif how == "different calls":
    raises(RuntimeError, "rank 0: all_reduce(float32[3], SUM); rank 1: broadcast(float32[3], src=0)",
           *([dist.all_reduce, mg.ones(3)] if rank == 0 else [dist.broadcast, mg.ones(3), 0]))  # fmt: skip
    work = dist.all_reduce(mg.ones(3 + rank), async_op=True)
    raises(RuntimeError, "rank 1: all_reduce(float32[4], SUM)", work.wait)
elif how == "sizes":
    sent = [mg.ones(2 + rank), mg.ones(2)]
    raises(
        RuntimeError,
        "3 instead of 2 elements from rank 1",
        dist.all_to_all,
        [mg.ones(2), mg.ones(2)],
        [mg.ones(2 + rank), mg.ones(2)],
    )
elif how == "message":
    if rank == 0:
        dist.send(mg.ones(3), 1)
    else:
        raises(RuntimeError, "12 bytes came, not 16", dist.recv, mg.ones(4), 0)
elif how == "silence":
    if rank == 0:
        raises(RuntimeError, "rank 1 did not come within 2 s", others)
    else:
        time.sleep(5)
elif how == "no message":
    if rank == 0:
        raises(RuntimeError, "recv(float32[3]) from rank 1 on rank 0", dist.recv, mg.ones(3), 1)
    else:
        time.sleep(5)
elif how == "alone":
    assert dist.get_world_size() == 1
else:
    others()
print(f"rank {rank} is at the end", flush=True)
