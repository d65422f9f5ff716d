"""Fills the demo commune, walks through phone and office, and writes a picture of each screen to build/look.

With LibreOffice and poppler on the machine (Debian: libreoffice-calc, poppler-utils) the coverage list is rendered too.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from fieldapp import database, demo
from fieldapp.clock import local_day, system_clock
from fieldapp.exporting import coverage
from fieldapp.units import TIME_ZONE
from tests.browser import chromium
from tests.browser.server import Server
from tests.look import office, phone

ROOT = Path(__file__).parents[2]
OUT = ROOT / "build" / "look"
COLOURS = 128
IN_README = ("phone-list", "phone-inspection", "phone-commitment", "office-coverage")


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "kim-mau"
        password = demo.prepare(folder, "kim-mau")[0].password
        server = Server(folder)
        try:
            with sync_playwright() as play:
                browser = play.chromium.launch(executable_path=chromium.find(), args=chromium.ARGUMENTS)
                phone.walk(browser, server, password, OUT)
                office.walk(browser, server, password, OUT)
                browser.close()
        finally:
            server.stop()
        sheet(folder, Path(scratch))
    for name in IN_README:
        with Image.open(OUT / f"{name}.png") as picture:  # a palette is enough for what is drawn of a few colours
            picture.convert("RGB").quantize(COLOURS).save(Path(__file__).parent / f"{name}.png", optimize=True)
    print(f"{len(list(OUT.glob('*.png')))} pictures in {OUT.relative_to(ROOT)}")  # noqa: T201


def sheet(folder: Path, scratch: Path) -> None:
    """The coverage list as LibreOffice shows it."""
    if not (shutil.which("soffice") and shutil.which("pdftoppm")):
        print("no picture of the coverage list: libreoffice-calc and poppler-utils are not installed")  # noqa: T201
        return
    today = local_day(system_clock(), TIME_ZONE)
    with database.opened(folder) as db:
        document = coverage.document(db, today.year, today, by="make look", now=system_clock())
    (scratch / "coverage.xlsx").write_bytes(document.xlsx())
    convert = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(scratch), str(scratch / "coverage.xlsx")]
    subprocess.run(convert, check=True, capture_output=True)
    subprocess.run(["pdftoppm", "-r", "60", "-png", str(scratch / "coverage.pdf"), str(OUT / "sheet")], check=True)


if __name__ == "__main__":
    sys.exit(main())
