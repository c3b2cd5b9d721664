"""Small data sets that come with the package, and helpers to split them."""

from mocrograd.datasets.digits import load_digits as load_digits
from mocrograd.datasets.moons import make_moons as make_moons
from mocrograd.datasets.split import train_test_split as train_test_split
