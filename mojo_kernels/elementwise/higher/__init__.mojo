"""Pointwise ops of higher transcendental functions and orthogonal polynomials."""
