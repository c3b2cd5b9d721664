"""The pointwise ops. Each is one struct: its name, its forward lanes and, beside them, its gradient lanes.

To add an op, write its struct in the file of its kind and put its name into the list at the end of that file. Loops,
broadcasting, strides, dtypes, schedules, the GPU form and the entry in the kernel table follow from the list
(kernels.mojo). Which operands a gradient reads is what the op's line in mocrograd/ops saves.
"""
