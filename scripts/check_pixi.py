"""Fails where pixi.toml or the package asks for other versions than pyproject.toml, or pixi.toml breaks its schema."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from toolchain import PINS

if sys.version_info >= (3, 11):
    import tomllib
else:
    from pip._vendor import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
CONDA_NAMES = {"graphviz": "python-graphviz", "matplotlib": "matplotlib-base"}


def differences(pyproject: dict[str, Any], pixi: dict[str, Any]) -> list[str]:
    """Lists the requirements of pyproject.toml that pixi.toml does not repeat with the same version."""
    project = pyproject["project"]
    needs = {*pyproject["build-system"]["requires"], *project["dependencies"]}
    needs |= {need for extra in project["optional-dependencies"].values() for need in extra}
    wanted = {"python": project["requires-python"]}
    for need in needs:
        name, version = re.fullmatch(r"([\w-]+)(.*)", need).groups()  # type: ignore[union-attr]
        wanted[CONDA_NAMES.get(name, name)] = version
    have = {**pixi.get("pypi-dependencies", {}), **pixi["dependencies"]}
    return [
        f"{name}: pyproject.toml asks for {version!r}, pixi.toml for {have.get(name)!r}"
        for name, version in sorted(wanted.items())
        if have.get(name) != version
    ]


def main(arguments: list[str]) -> int:
    """Checks the versions, and the schema whose file is given; returns 1 where something is wrong."""
    pyproject, pixi = (tomllib.loads((ROOT / f).read_text("utf-8")) for f in ("pyproject.toml", "pixi.toml"))
    found = differences(pyproject, pixi)
    pins = [f"{name}=={version}" for name, version in PINS.items()]
    kernels = pyproject["project"]["optional-dependencies"]["kernels"]
    if kernels != pins:
        found.append(f"kernels: pyproject.toml asks for {kernels}, PINS in mocrograd/build/toolchain.py for {pins}")
    for schema in arguments:
        from jsonschema import Draft7Validator

        validator = Draft7Validator(json.loads(Path(schema).read_text(encoding="utf-8")))
        found += [f"pixi.toml: {error.json_path}: {error.message}" for error in validator.iter_errors(pixi)]
    print("\n".join(found) if found else "pixi.toml and the package agree with pyproject.toml")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
