"""A whole visit on the phone, picture by picture, light and dark."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from fieldapp.demo.pictures import photo
from tests.browser.server import Server
from tests.browser.test_journey import answer, choose, draw, press, ready

TYPES = ("light", "dark")


def walk(browser: Browser, server: Server, password: str, out: Path) -> None:
    for scheme in TYPES:
        mark = "phone" if scheme == "light" else "phone-dark"
        size: Any = {"width": 360, "height": 740}
        context = browser.new_context(
            viewport=size, device_scale_factor=2, is_mobile=True, has_touch=True, locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh", color_scheme=scheme,  # type: ignore[arg-type]
        )  # fmt: skip
        _Camera(context.new_page(), server, out, mark).visit(password, "Salon tóc" if scheme == "light" else "Cà phê")
        context.close()


class _Camera:
    """One phone and where its pictures go."""

    def __init__(self, page: Page, server: Server, out: Path, mark: str) -> None:
        self.page, self.server, self.out, self.mark = page, server, out, mark

    def take(self, name: str) -> None:
        self.page.wait_for_timeout(250)  # whatever glides in has arrived
        self.page.screenshot(path=self.out / f"{self.mark}-{name}.png")

    def visit(self, password: str, name: str) -> None:
        page = self.page
        page.goto(f"{self.server.url}/app")
        ready(page)
        self.take("sign-in")
        page.get_by_label("Tên đăng nhập").fill("kiemtra1")
        page.get_by_label("Mật khẩu", exact=True).fill(password)
        press(page, "Đăng nhập")
        page.locator("a.row").first.wait_for()
        self.take("list")
        for place in ("places", "sync"):
            page.goto(f"{self.server.url}/app/{place}")
            ready(page)
            self.take(place)
        page.goto(f"{self.server.url}/app/places")
        page.get_by_label("Tìm cơ sở").fill(name)
        page.get_by_role("link", name=re.compile(name)).first.click()
        page.get_by_role("heading", name=re.compile(name)).wait_for()
        self.take("establishment")
        press(page, "Bắt đầu kiểm tra")
        page.get_by_text("Cơ sở đóng cửa").click()
        self.take("closed-door")
        page.get_by_text("Làm việc được").click()
        self.take("begin")
        page.get_by_text("Đã đọc cho chủ cơ sở").click()
        press(page, "Bắt đầu")
        self.checklist()
        self.commitment()
        self.take("review")
        self.follow_up()

    def follow_up(self) -> None:
        """Where something was left open, on paper twice the size."""
        page = self.page
        page.goto(f"{self.server.url}/app/places")
        page.locator("a.row", has_text="tồn tại").first.click()
        press(page, "Hậu kiểm tại chỗ")
        page.locator("label[for$='-remedied']").first.click()
        self.take("follow-up")
        page.evaluate("() => { document.documentElement.style.fontSize = '32px' }")
        self.take("follow-up-200")

    def checklist(self) -> None:
        page = self.page
        page.locator("#a-A01-dat").wait_for(state="attached")
        expect(page.locator("[data-room]")).to_have_count(0)
        for label in page.locator("label[for^='a-'][for$='-dat']").all():
            label.click()
        answer(page, "C04", "khong_dat")
        item = page.locator("fieldset", has=page.locator("#a-C04-khong_dat"))
        item.get_by_label("Ghi rõ tồn tại").fill("02 bình ở tầng 2 hết hạn kiểm định từ tháng 12/2025.")
        picture: Any = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo("C04", random.Random(3))}
        item.locator("input[type=file]").first.set_input_files(files=[picture])
        page.get_by_role("button", name="Dùng ảnh", exact=True).click()
        item.locator("img").wait_for()
        item.get_by_label("Ghi rõ tồn tại").blur()
        item.evaluate("element => element.scrollIntoView({block: 'center'})")
        self.take("inspection")

    def commitment(self) -> None:
        page = self.page
        press(page, "Cam kết của chủ cơ sở")
        self.take("commitment-text")
        press(page, "Đọc xong, đến phần ký")
        choose(page, "Chủ cơ sở")
        draw(page)
        page.locator(".pad").evaluate("element => element.scrollIntoView({block: 'center'})")
        self.take("commitment")
        press(page, "Xong, về biên bản")
