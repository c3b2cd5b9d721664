"""Pointwise ops of arithmetic."""
