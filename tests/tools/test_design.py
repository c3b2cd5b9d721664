"""The page of the design names what there is."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_file_and_folder_of_the_package_has_its_place():
    text = (ROOT / "docs" / "design.md").read_text()
    (section,) = re.findall(r"## Where things are\n(.*?)\n## ", text, re.DOTALL)
    named = re.findall(r"`(\w+(?:/|\.py))`", section)
    package = ROOT / "pyfront" / "mocrograd"
    inside = {"extensions.py", "recording.py"}  # of backend
    found = {p.name for p in package.glob("*.py")} | {f"{p.parent.name}/" for p in package.glob("*/*.py")}
    assert sorted([*named, "__init__.py"]) == sorted(found | inside)
