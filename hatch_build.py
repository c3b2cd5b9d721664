"""Builds the kernels when the package is installed, and puts them and their sources into the wheel."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

KERNELS = "pyfront/mocrograd/_kernels"


class KernelBuildHook(BuildHookInterface):
    """Runs scripts/build_kernels.py for wheels and for editable installs.

    scripts/wheel.py has built for other machines: it says where that lies (`baselines`) and the wheel's `tag`.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        build_data["pure_python"] = False
        if version != "editable":
            sources = (path.relative_to(root) for path in sorted(root.glob("mojo_kernels/**/*.mojo")))
            build_data["force_include"].update({str(root / f): f"mocrograd/_sources/{f}" for f in sources})
        if "baselines" in self.config:
            build_data["force_include"][self.config["baselines"]] = "mocrograd/_kernels"
            build_data["tag"] = self.config["tag"]
            return
        done = subprocess.run(
            [sys.executable, str(root / "scripts" / "build_kernels.py")],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"the kernels could not be built\n{done.stdout}")
        if version != "editable" and not (root / KERNELS / "MAX_LICENSE").exists():
            raise RuntimeError("a wheel ships MAX's libraries, so it needs MAX's licence: install max with pip")
        # The extensions find Python at run time, so one build serves every Python 3 of this machine.
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"py3-none-{platform}"
        names = ("*.so", "*.dylib", "*.json", "MAX_*")
        build_data["artifacts"] += [f"{KERNELS}/{name}" for name in names]
