"""Every page of the office, wide and narrow."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from tests.browser import pages
from tests.browser.server import Server
from tests.browser.test_axe import into_the_office


def walk(browser: Browser, server: Server, password: str, out: Path) -> None:
    for width, mark in ((1366, "office"), (360, "office-narrow")):
        context = browser.new_context(viewport={"width": width, "height": 768}, locale="vi-VN")
        page = context.new_page()
        for username, addresses in pages.by_account(server.data).items():
            context.clear_cookies()
            into_the_office(page, server, username, password)
            for name, address in addresses.items():
                page.goto(server.url + address)
                page.screenshot(path=out / f"{mark}-{name}.png", full_page=name.startswith("coverage"))
        context.close()
