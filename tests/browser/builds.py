"""Two builds of the phone app over one folder of code, of which a server hands out one: an update is the other one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.server import CODE
from tests.client.__main__ import node

REGISTRATION = "navigator.serviceWorker.getRegistration('/app')"


class Builds:
    """code: what a server is started over. The second build calls the first place "Việc hôm nay"."""

    def __init__(self, folder: Path) -> None:
        self.code = folder / "code"
        ours = shutil.ignore_patterns("node_modules", "__pycache__")
        for package in ("fieldapp", "sync"):
            shutil.copytree(CODE / package, self.code / package, ignore=ours)
        self._dist = self.code / "fieldapp" / "static" / "dist"
        self._kept = [self._dist.rename(folder / "first"), self._second(folder / "second")]
        self._now = 0
        self._dist.symlink_to(self._kept[0])

    def _second(self, kept: Path) -> Path:
        client = self.code / "fieldapp" / "client"
        words = client / "ui" / "strings.vi.ts"
        words.write_text(words.read_text(encoding="utf-8").replace("Việc của tôi", "Việc hôm nay"), encoding="utf-8")
        (client / "node_modules").symlink_to(CODE / "fieldapp" / "client" / "node_modules")
        subprocess.run([node(), "build.mjs"], cwd=client, check=True)
        return self._dist.rename(kept)

    def first(self) -> None:
        if self._now:
            self.swap()

    def arrives(self, page: Page) -> None:
        """The other build is handed out from now on; the phone has fetched it, and it waits."""
        self.swap()
        page.evaluate(f"() => {REGISTRATION}.then(one => one.update())")
        while not page.evaluate(f"() => {REGISTRATION}.then(one => one.waiting !== null)"):
            page.wait_for_timeout(50)

    def let_in(self, page: Page) -> None:
        """What waits takes over, as when another tab agrees to it: the page stays as it is.

        Where the worker before it is not done yet, the browser lets it in later: nobody waits for that longer than 5 s.
        """
        page.evaluate(
            f"""() => new Promise(done => {{
              navigator.serviceWorker.addEventListener('controllerchange', () => done(1), {{once: true}})
              setTimeout(done, 5000, 0)
              {REGISTRATION}.then(one => one.waiting.postMessage('take over'))
            }})"""
        )

    def swap(self) -> None:
        self._now = 1 - self._now
        self._dist.unlink()
        self._dist.symlink_to(self._kept[self._now])
