"""Compiles the node's inner loop (media/rtc/fanout.c) when the package is installed, if this machine can.

Without a C compiler, or elsewhere than on Linux, nothing happens: the node runs the same loop in Python, at more CPU time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE, TARGET = "media/rtc/fanout.c", "media/rtc/_fanout.so"


class BuildHook(BuildHookInterface):  # type: ignore[type-arg, misc]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """A wheel with the compiled loop belongs to this platform only."""
        compiler = shutil.which(os.environ.get("CC", "cc"))
        if self.target_name != "wheel" or sys.platform != "linux" or compiler is None:
            return
        target = Path(self.root, TARGET)
        argv = [compiler, "-O2", "-shared", "-fPIC", "-o", str(target), str(Path(self.root, SOURCE))]
        done = subprocess.run(argv, capture_output=True, text=True)  # noqa: S603
        if done.returncode:
            self.app.display_warning(f"The node's loop was not compiled, it runs in Python: {done.stderr}")
            target.unlink(missing_ok=True)
            return
        build_data["artifacts"].append(TARGET)
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
