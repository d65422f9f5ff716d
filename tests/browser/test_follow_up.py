"""A follow-up: what an earlier visit left open, judged by pictures that the establishment sent."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from fieldapp import database, establishments, findings
from fieldapp.database import write
from tests import making
from tests.browser.conftest import SOON_MS
from tests.browser.server import Server
from tests.browser.test_journey import KARAOKE, choose, draw, open_establishment, photo, press, ready, sign_in

WORDS = "02 bình chữa cháy ở tầng 2 hết hạn kiểm định"
DUE = date(2031, 11, 5)
BACK = {
    "history": ("delete window.CloseWatcher", "history.back()"),
    "the phone": (
        "window.CloseWatcher = class extends CloseWatcher { constructor() { super(); window.watcher = this } }",
        "watcher.requestClose()",
    ),
}
"""How the way back reaches the page: what the browser is like, the press. Older ones and iPhones know history only."""


def something_was_left_open(data: Path) -> None:
    with database.opened(data) as db, write(db) as tx:
        place = next(one for one in establishments.every(db) if one.name == KARAOKE)
        bad = {"a": "khong_dat", "note": WORDS, "files": [], "due_on": DUE.isoformat()}
        making.inspect(tx, place, answers={"C04": bad})


def back_closes_it(page: Page, press_back: str) -> None:
    """Whatever stands over the page, and nothing else: the visit is where it was."""
    over = page.locator("dialog.viewer")
    expect(over).to_be_visible(timeout=SOON_MS)
    where = page.url
    page.evaluate(press_back)
    expect(over).to_have_count(0)
    expect(page.get_by_text(WORDS).first).to_be_visible()
    assert page.url == where


@pytest.mark.parametrize("how", BACK)
def test_by_pictures_that_were_sent(phone: BrowserContext, server: Server, office: Page, data: Path, how: str) -> None:
    browser, press_back = BACK[how]
    phone.add_init_script(browser)
    something_was_left_open(data)
    page = phone.new_page()
    sign_in(page, server)
    open_establishment(page)
    press(page, "Qua hồ sơ, ảnh")
    choose(page, "Đã khắc phục")
    sent: Any = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    page.locator("input[type=file]").nth(1).set_input_files(files=[sent])
    back_closes_it(page, press_back)
    press(page, "Hoàn tác")  # a photo that was just taken is not lost by it
    press(page, "Dùng ảnh")
    page.locator(".shot img").click(timeout=SOON_MS)
    back_closes_it(page, press_back)
    if how == "history":
        page.go_back()  # nothing stands over the page: now it leads to where one came from
        expect(page.get_by_role("heading", name=KARAOKE)).to_be_visible()
        return

    press(page, "Xem lại và ký")
    draw(page)
    press(page, "Kết thúc và lưu biên bản")
    expect(page.get_by_text("Đã khóa.").first).to_be_visible(timeout=SOON_MS)
    for words in (WORDS, "Đã khắc phục", "Hạn khắc phục 05/11/2031"):
        expect(page.locator("main").get_by_text(words).first).to_be_visible()
    record = page.url.rsplit("/", 1)[1]
    page.goto(f"{server.url}/app/sync")
    ready(page)
    expect(page.get_by_text("Không còn gì chờ gửi")).to_be_visible(timeout=3 * SOON_MS)
    with database.opened(data) as db:
        (finding,) = (one for one in findings.still_open(db) if one.note == WORDS)
        assert finding.state == "submitted"
    office.goto(f"{server.url}/inspections/{record}/print")
    expect(office.get_by_text(re.compile(rf"{WORDS} \(hạn khắc phục 05/11/2031\)"))).to_be_visible()
