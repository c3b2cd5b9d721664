"""`import mocrograd.as_torch` on top of a program gives mocrograd to every `import torch` after it.

So it does in the processes that the program starts, by way of the folder `children`.
"""

from mocrograd.compat import imports

imports.install()
