"""Generated code: a recorded plan as one program of Mojo, specialised to its shapes.

- `items.py`: the plan's calls as items; those that are known become code. `fuse.py`: loops become products' epilogues.
- `pointwise.py`, `products.py`, `rows.py`, `updates.py`: a family each: what it knows, and the text of it.
- `catalogue.py`: the structs of the kernels' sources by the names of their kernels.
- `text.py`: the functions of a program and their words. `program.py`: a plan's items, as text and as words that run.
- `library.py`: the compiled file in the cache. `background.py`: the thread that compiles.
- `generation.py`: a plan's own: what it waits for, and which of the two programs runs.
"""
