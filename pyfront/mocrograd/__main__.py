"""The `mocrograd` command by way of the module: `python -m mocrograd`."""

import sys

from mocrograd.cli import main

if __name__ == "__main__":
    sys.exit(main())
