"""Numbers that kernels declare and Python needs to know (mojo_kernels/python/constants.mojo)."""

from __future__ import annotations

from mocrograd.backend.extensions import CONSTANTS
from mocrograd.backend.words import declared

__all__ = [
    "CHAIN_HEAD",
    "CHAIN_SCRATCH",
    "CHAIN_STEP",
    "CHAIN_TILE",
    "CHAIN_WORDS",
    "CONV_MOST",
    "CONV_MOST_TILES",
    "CONV_PANEL",
    "CONV_PLANES",
    "CONV_SIDE",
    "COSTS",
    "FOLDS_CRC",
    "JOIN_MANY",
    "LONGEST_ROW",
    "LONGEST_SORT",
    "MOMENTS_BLOCK",
    "PLAN_STATE",
    "REDUCE_BLOCK",
    "SHORTCUT_HEAD",
    "TAPE_CALL",
    "TAPE_GIVE",
    "TAPE_TAKE",
    "VECTOR_BITS",
    "WATCH_KINDS",
]

CHAIN_HEAD = declared(CONSTANTS["CHAIN_HEAD"])
"""The words of a chain before its first step."""
CHAIN_SCRATCH = CONSTANTS["CHAIN_SCRATCH"]
"""The most bytes of the tiles of a chain."""
CHAIN_STEP = declared(CONSTANTS["CHAIN_STEP"])
"""The words of a chain's step before its tiles."""
CHAIN_TILE = declared(CONSTANTS["CHAIN_TILE"])
"""The words of a tile of a chain's step."""
CHAIN_WORDS = CONSTANTS["CHAIN_WORDS"]
"""The most words of a chain."""
CONV_MOST = CONSTANTS["CONV_MOST"]
"""The most tiles of a row times channels of a convolution by minimal filtering."""
CONV_MOST_TILES = CONSTANTS["CONV_MOST_TILES"]
"""The most tiles of a row of a convolution by minimal filtering."""
CONV_PANEL = CONSTANTS["CONV_PANEL"]
"""Filters of a panel, where the channels of images lie side by side."""
CONV_PLANES = CONSTANTS["CONV_PLANES"]
"""Numbers that minimal filtering keeps of a filter and channel."""
CONV_SIDE = CONSTANTS["CONV_SIDE"]
"""Filters are padded to a multiple of this where the gradient of a convolution's weight is summed."""
COSTS: tuple[str, ...] = tuple(CONSTANTS["COSTS"].split())
"""The names of the costs by which `dynamic` chooses workers, in the order in which Mojo takes them."""
FOLDS_CRC = bool(CONSTANTS["FOLDS_CRC"])
"""Whether this build has an instruction for `fold_crc`."""
JOIN_MANY = CONSTANTS["JOIN_MANY"]
"""Tensors that one call of the kernel joins."""
LONGEST_ROW = CONSTANTS["LONGEST_ROW"]
"""Elements of the longest row of 16 bits that kernels of rows take."""
LONGEST_SORT = CONSTANTS["LONGEST_SORT"]
"""Elements of the longest row that is sorted without scratch."""
MOMENTS_BLOCK = CONSTANTS["MOMENTS_BLOCK"]
"""Elements of a row whose moments a kernel finds in one go."""
PLAN_STATE = CONSTANTS["PLAN_STATE"]
"""Words that tell how a watched tensor was when a plan was made."""
REDUCE_BLOCK = CONSTANTS["REDUCE_BLOCK"]
"""Elements that a kernel reduces in one go; longer reductions combine blocks in order."""
SHORTCUT_HEAD = tuple(declared(CONSTANTS["SHORTCUT_HEAD"]).names)
"""The words at the start of a shortcut."""
TAPE_CALL = CONSTANTS["TAPE_CALL"]
"""The event of a kernel call on the tape."""
TAPE_GIVE = CONSTANTS["TAPE_GIVE"]
"""The event of a block that came back to the pool."""
TAPE_TAKE = CONSTANTS["TAPE_TAKE"]
"""The event of a block that the pool handed out."""
VECTOR_BITS = CONSTANTS["VECTOR_BITS"]
"""The bits of a vector register that the kernels were built for."""
WATCH_KINDS: tuple[str, ...] = tuple(CONSTANTS["WATCH_KINDS"].split())
"""The kinds of containers that guards compare, by their numbers."""
