"""Fails at its first two starts."""

import os

from mocrograd import distributed as dist

dist.init_process_group()
start = int(os.environ["MOCROGRAD_RESTART"])
if dist.get_rank() == 0:
    print(f"start {start} with {dist.get_world_size()} ranks", flush=True)
if start < 2:
    raise RuntimeError("not yet")
