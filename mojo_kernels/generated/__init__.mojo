"""What generated programs of compiled steps are made of: the kernels' loops for shapes that are known at compile time.

Each adds up in the order of the kernel that it stands for, so a generated program gives the bits of the plan's replay.
"""
