"""Says what a rank knows of itself and its machine."""

import os

import mocrograd as mg
from mocrograd import distributed as dist

dist.init_process_group()
total = mg.ones(3) * (dist.get_rank() + 1)
dist.all_reduce(total)
rank, size, local, here = (os.environ[name] for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"))
told = os.environ["MASTER_ADDR"], os.environ["MOCROGRAD_X"]
print(f"rank {rank} of {size}, {local} of {here}, sum {total[0].item()}, {', '.join(told)}", flush=True)
