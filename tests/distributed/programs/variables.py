"""Prints torchrun's variables, and the number of threads."""

import os

import mocrograd as mg

names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
print("variables", *[os.environ[name] for name in names], mg.get_num_threads() * (len(os.sched_getaffinity(0)) == 1))
