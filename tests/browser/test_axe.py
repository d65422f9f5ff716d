"""Nothing serious for axe on any page, light and dark: the phone at 360 px, the office at 1366 px and at 360 px."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from fieldapp import demo
from fieldapp.demo.pictures import photo
from tests.browser import pages
from tests.browser.server import Server

AXE = Path(__file__).parents[2] / "fieldapp" / "client" / "node_modules" / "axe-core" / "axe.min.js"
WORST = {"serious", "critical"}


@pytest.fixture(scope="module")
def commune(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """The demo commune, served. Returns the server and everybody's password."""
    folder = tmp_path_factory.mktemp("demo") / "kim-mau"
    password = demo.prepare(folder, "kim-mau")[0].password
    server = Server(folder)
    yield server, password
    server.stop()


def worst(page: Page, narrow: bool = False) -> list[str]:
    """What axe finds serious on the page, in the light and in the dark: rule and place. narrow: at 360 px, too."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = _violations(page)
    page.emulate_media(color_scheme="dark")
    found += _violations(page, "{runOnly: ['color-contrast']}")
    page.emulate_media(color_scheme="light")
    if narrow:
        size = page.viewport_size
        assert size
        page.set_viewport_size({"width": 360, "height": 740})
        found += _violations(page, "{rules: {'color-contrast': {enabled: false}}}")
        page.set_viewport_size(size)
    return found


def _violations(page: Page, options: str = "{}") -> list[str]:
    told = f"{{resultTypes: ['violations'], ...{options}}}"
    return [
        f"{page.url}: {rule['id']} at {node['target']}"
        for rule in page.evaluate(f"() => axe.run({told})")["violations"]
        if rule["impact"] in WORST
        for node in rule["nodes"]
    ]


def into_the_office(page: Page, server: Server, username: str, password: str) -> None:
    page.goto(f"{server.url}/sign-in")
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu", exact=True).fill(password)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def test_the_office(browser: Browser, commune: tuple[Server, str]) -> None:
    server, password = commune
    found = []
    for username, addresses in pages.by_account(server.data).items():
        context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="vi-VN", reduced_motion="reduce")
        page = context.new_page()
        page.goto(f"{server.url}/sign-in")
        found += worst(page, narrow=True)
        into_the_office(page, server, username, password)
        for address in addresses.values():
            page.goto(server.url + address)
            found += worst(page, narrow=True)
        context.close()
    assert not found


class Eyes:
    """A phone's page, and what axe has found on it so far."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page, self.server = page, server
        self.found: list[str] = []

    def look(self, screen: str | None = None) -> None:
        """At that address, or at what stands there."""
        if screen is not None:
            self.page.goto(self.server.url + screen)
            self.page.locator("html[data-ready='1']").wait_for(state="attached")
            self.page.locator("h1").first.wait_for()
        self.found += worst(self.page)


def test_the_phone(browser: Browser, commune: tuple[Server, str]) -> None:
    server, password = commune
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="vi-VN", has_touch=True)
    page = context.new_page()
    eyes = Eyes(page, server)
    eyes.look("/app")
    page.get_by_label("Tên đăng nhập").fill("kiemtra1")
    page.get_by_label("Mật khẩu", exact=True).fill(password)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    page.locator("a.row").first.wait_for()
    for screen in pages.PHONE.values():
        eyes.look(screen)
    later = of_name(page, server, "Karaoke Giả Định 04")
    eyes.look(later)
    eyes.look(str(page.locator("a[href^='/app/r/']").first.get_attribute("href")))
    place = of_name(page, server, "Salon tóc")
    for screen in (f"{place}/edit", place):
        eyes.look(screen)
    a_visit(eyes)
    an_amendment(eyes)
    page.goto(server.url + place)
    page.locator("main .card").get_by_role("button", name=re.compile("Đọc và ký cam kết|Lập bản mới")).click()
    page.wait_for_url(re.compile("/app/c/"))
    eyes.look()
    follow_ups(eyes, later)
    context.close()
    assert not eyes.found


def a_visit(eyes: Eyes) -> None:
    """From the establishment to the review, the commitment and its refusal."""
    page = eyes.page
    page.get_by_role("button", name="Bắt đầu kiểm tra").click()
    page.wait_for_url(re.compile("/app/i/"))
    for outcome in ("Cơ sở đóng cửa", "Làm việc được"):
        page.get_by_text(outcome).click()
        eyes.look()
    page.get_by_role("button", name="Bắt đầu", exact=True).click()
    for item, chosen in (("C04", "khong_dat"), ("C03", "chua_xem_xet")):
        page.locator(f"label[for='a-{item}-{chosen}']").click()
    page.get_by_role("button", name=re.compile("^Phần A: ")).click()
    page.get_by_role("button", name="Thêm một lần").click()
    sent: Any = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo("C04", random.Random(3))}
    page.locator("fieldset", has=page.locator("#a-C04-khong_dat")).locator("input[type=file]").last.set_input_files(
        sent
    )
    for press in ("Dùng ảnh", "Đóng"):  # covered first, then looked at
        page.get_by_role("button", name=press, exact=True).wait_for()
        eyes.look()
        page.get_by_role("button", name=press, exact=True).click()
        if press == "Dùng ảnh":
            page.locator(".shot img").click()
    visit = page.url.removeprefix(eyes.server.url)
    eyes.look()
    for screen in (f"{visit}/review", f"{visit}/commitment"):
        eyes.look(screen)
    page.locator("#refusal summary").click()
    page.locator("#refusal textarea").wait_for()
    eyes.look()


def an_amendment(eyes: Eyes) -> None:
    """What the office returned, and the page on which its amendment begins."""
    page = eyes.page
    page.goto(f"{eyes.server.url}/app/sync")
    page.get_by_role("link", name="Việc của tôi").click()  # the icon would lead on to the visit
    page.locator(".note a").click()
    amend = page.get_by_role("button", name="Lập bản sửa").first
    amend.wait_for()
    eyes.look()
    amend.click()
    page.get_by_label("Lý do sửa biên bản").wait_for()
    eyes.look()


def follow_ups(eyes: Eyes, place: str) -> None:
    page = eyes.page
    for press in ("Qua hồ sơ, ảnh", "Hậu kiểm tại chỗ"):
        page.goto(eyes.server.url + place)
        page.get_by_role("button", name=press).click()
        page.wait_for_url(re.compile("/app/i/"))
        page.locator("label[for$='-remedied']").first.click()
        eyes.look()
        if press == "Qua hồ sơ, ảnh":
            page.get_by_role("button", name="Bỏ bản nháp này").click()
            page.get_by_text("Đã bỏ bản nháp.").wait_for()
    eyes.look(f"{page.url.removeprefix(eyes.server.url)}/review")


def of_name(page: Page, server: Server, name: str) -> str:
    """The address of the first establishment of that name."""
    page.goto(f"{server.url}/app/places")
    page.get_by_label("Tìm cơ sở").fill(name)
    return str(page.get_by_role("link", name=re.compile(name)).first.get_attribute("href"))
