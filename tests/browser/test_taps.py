"""How many taps a whole visit takes: a karaoke with 29 items, two shortcomings, three photos, and a commitment.

Typing is not counted, nor what the camera itself asks for; every finger that touches the page is, the strokes of a
signature included.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from fieldapp import database, inspections
from tests.browser.server import Server
from tests.browser.test_journey import SOON_MS, answer, draw, open_establishment, photo, press, sign_in, today

MOST = 28
COUNT = "addEventListener('pointerdown', () => { window.taps = (window.taps || 0) + 1 }, {capture: true})"


def shortcoming(page: Page, item: str, words: str, photos: int) -> None:
    """One tap for the answer; the keyboard is there already."""
    answer(page, item, "khong_dat")
    expect(page.get_by_label("Ghi rõ tồn tại").last).to_be_attached()
    page.keyboard.type(words)
    place = page.locator("fieldset", has=page.locator(f"#a-{item}-khong_dat"))
    for n in range(photos):
        picture: Any = {"name": f"{item}{n}.jpg", "mimeType": "image/jpeg", "buffer": photo()}
        place.locator(".shot--add").first.dispatch_event("pointerdown")  # the tap that opens the camera
        place.locator("input[type=file]").first.set_input_files(files=[picture])
        press(page, "Dùng ảnh")
        expect(place.locator("img")).to_have_count(n + 1, timeout=SOON_MS)


def rest_of(page: Page, section: str) -> None:
    page.get_by_role("button", name=re.compile(f"^Phần {section}: ")).click()


def test_a_whole_visit_in_few_taps(phone: BrowserContext, server: Server, data: Path) -> None:
    phone.add_init_script(COUNT)
    page = phone.new_page()
    sign_in(page, server)
    open_establishment(page)
    page.evaluate("() => { window.taps = 0 }")

    press(page, "Bắt đầu kiểm tra")
    page.get_by_text("Đã đọc cho chủ cơ sở").click()
    press(page, "Bắt đầu")
    for section in "AB":
        rest_of(page, section)
    shortcoming(page, "C04", "02 bình ở tầng 2 hết hạn kiểm định.", 2)
    rest_of(page, "C")
    page.get_by_label(re.compile("Tổng số lao động")).click()
    for figure in ("8", "5", "5"):
        page.keyboard.type(figure)
        page.keyboard.press("Enter")  # "next" on the keypad
    shortcoming(page, "F02", "Phòng 3 còn chốt trong.", 1)
    for section in "DFGH":
        rest_of(page, section)
    press(page, "Cam kết của chủ cơ sở")
    press(page, "Đọc xong, đến phần ký")
    draw(page)
    press(page, "Xong, về biên bản")
    expect(page.get_by_role("heading", name="Xem lại trước khi ký")).to_be_visible()
    draw(page, 0)
    draw(page, 1)
    taps = page.evaluate("() => window.taps") + 1
    press(page, "Kết thúc và lưu biên bản")
    expect(page.get_by_text("Đã khóa.").first).to_be_visible(timeout=SOON_MS)

    print(f"a whole visit: {taps} taps")  # noqa: T201
    assert taps <= MOST
    expect(page.get_by_text("Đã gửi hết").first).to_be_visible(timeout=2 * SOON_MS)
    with database.opened(data) as db:
        (made,) = inspections.in_year(db, today().year)
        body = inspections.content(db, made.id)
    assert (len(body["answers"]), len(body["photos"]), body["recommendation"]) == (29, 3, "remedy")
    assert (body["figures"]["N01"], body["figures"]["N03"], bool(body["commitment"])) == (8, 5, True)
