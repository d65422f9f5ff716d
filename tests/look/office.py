"""Every page of the office, wide and narrow."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.server import Server
from tests.browser.test_axe import ADMIN, OFFICE, into_the_office, of_records


def walk(browser: Browser, server: Server, password: str, out: Path) -> None:
    pages = {address.strip("/").split("?")[0] or "today": address for address in OFFICE}
    names = ("establishment", "establishment-edit", "record", "record-print", "commitment")
    pages |= dict(zip(names, of_records(server.data), strict=True))
    for width, mark in ((1366, "office"), (360, "office-narrow")):
        context = browser.new_context(viewport={"width": width, "height": 768}, locale="vi-VN")
        page = context.new_page()
        for username, addresses in (("canbo", pages), ("quantri", {a.strip("/"): a for a in ADMIN})):
            context.clear_cookies()
            into_the_office(page, server, username, password)
            for name, address in addresses.items():
                page.goto(server.url + address)
                page.screenshot(path=out / f"{mark}-{name.replace('/', '-')}.png", full_page=name == "coverage")
        context.close()
