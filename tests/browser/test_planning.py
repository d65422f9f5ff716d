"""A communication session on the phone without signal: kept when the app is closed halfway, counted at the office."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from fieldapp import activities, database
from tests.browser.server import Server
from tests.browser.test_journey import KARAOKE, SOON_MS, press, ready, sign_in, today


def test_a_session_is_noted_offline_and_reaches_the_office(
    phone: BrowserContext, server: Server, data: Path, office: Page
) -> None:  # fmt: skip
    page = phone.new_page()
    sign_in(page, server)
    phone.set_offline(True)
    page.get_by_role("link", name="Cơ sở", exact=True).click()
    page.get_by_role("link", name="Ghi tuyên truyền").click()
    press(page, "Lưu buổi tuyên truyền")
    expect(page.get_by_text("Hãy ghi số người dự.")).to_be_visible()
    page.get_by_label("Số người dự").fill("25")
    page.get_by_label("Nội dung").fill("Phổ biến quy định về hợp đồng lao động")
    page.reload()  # the app was closed halfway
    ready(page)
    expect(page.get_by_label("Số người dự")).to_have_value("25")
    press(page, "Thêm cơ sở")
    page.get_by_label("Cơ sở", exact=True).select_option(label=KARAOKE)
    page.get_by_label("Số lao động").fill("40")
    expect(page.get_by_text("Nhiều hơn số người dự.")).to_be_visible()
    page.get_by_label("Số lao động").fill("4")
    press(page, "Lưu buổi tuyên truyền")
    expect(page.get_by_text("Đã lưu, chờ gửi về văn phòng.")).to_be_visible()
    page.get_by_role("link", name=re.compile("Đồng bộ")).click()
    expect(page.get_by_text("Buổi tuyên truyền").first).to_be_visible()
    phone.set_offline(False)
    expect(page.get_by_text("Đã gửi hết")).to_be_visible(timeout=SOON_MS)
    db = database.connect(data)
    (made,) = activities.in_year(db, today().year)
    assert (made.headcount, list(made.reached.values()), made.source, made.held_on) == (25, [4], "phone", today())
    db.close()
    office.goto(f"{server.url}/activities")
    expect(office.get_by_role("cell", name="Phổ biến quy định về hợp đồng lao động")).to_be_visible()
