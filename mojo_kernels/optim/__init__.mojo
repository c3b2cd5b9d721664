"""Optimizer updates: one call moves all tensors of a group."""
