"""Random calls: a package, as `scripts/fuzz.py` has its name and runs them too."""
