"""Launchers of processes; there are none, but for what programs mark their main function with."""
