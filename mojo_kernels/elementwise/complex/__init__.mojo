"""Pointwise functions of complex numbers, whose parts lie in memory as pairs of floats."""
