"""Pointwise ops of logarithms, powers, angles and special functions."""
