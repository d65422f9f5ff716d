"""A record that could not be taken in: the officer mends it beside what was signed, and the phone shows it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from fieldapp import database, inspections, people, units
from fieldapp.database import write
from fieldapp.units import Body
from sync import signed
from tests import making
from tests.browser.conftest import PASSWORD
from tests.browser.server import Server
from tests.browser.test_journey import KARAOKE, SOON_MS, choose, open_establishment, press, ready, today

BORDER = Body("border", "Đồn Biên phòng", "Border post")


def bodies_of_the_unit(data: Path, *bodies: Body) -> None:
    with database.opened(data) as db, write(db) as tx:
        units.settle(tx, replace(units.read(db), own_bodies=bodies), making.ACTOR)


def send(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/app/sync")
    ready(page)
    page.get_by_role("button", name=re.compile("ngay")).first.click()


def test_a_record_mended_at_the_office_and_then_returned(
    phone: BrowserContext, server: Server, office: Page, data: Path
) -> None:  # fmt: skip
    """Chi of the border post is at a closed door while the office takes her post off its list."""
    bodies_of_the_unit(data, BORDER)
    with database.opened(data) as db, write(db) as tx:
        people.open_account(
            tx, making.ACTOR, name="Mai Chi", username="chi", role="inspector", body="border", password=PASSWORD
        )  # fmt: skip
    page = phone.new_page()
    page.goto(f"{server.url}/app")
    ready(page)
    page.get_by_label("Tên đăng nhập").fill("chi")
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    expect(page.get_by_role("link", name=re.compile(KARAOKE))).to_be_visible(timeout=SOON_MS)
    phone.set_offline(True)
    open_establishment(page)
    press(page, "Bắt đầu kiểm tra")
    choose(page, "Cơ sở đóng cửa")
    page.get_by_role("textbox", name="Ghi lại tình hình").fill("Cửa khóa, hàng xóm nói nghỉ hai ngày.")
    press(page, "Lưu lần đến này")
    expect(page.get_by_text("Đã khóa. Đã lưu trên máy, chờ gửi.")).to_be_visible(timeout=SOON_MS)
    record = page.url.rsplit("/", 1)[1]

    bodies_of_the_unit(data)
    phone.set_offline(False)
    send(page, server)
    expect(page.get_by_text("1 thay đổi chưa được nhận")).to_be_visible(timeout=SOON_MS)

    the_officer_mends_it(office, server)
    with database.opened(data) as db:
        (made,) = inspections.in_year(db, today().year)
        kept = signed.read(db, "inspection", record)
        assert kept is not None
        assert (made.id, made.bodies, kept.original["bodies"]) == (record, ("team_178",), ["border"])

    send(page, server)
    expect(page.get_by_text("Văn phòng đã ghi nhận sau khi sửa. Đồn không còn trong danh sách")).to_be_visible(
        timeout=SOON_MS
    )
    page.goto(f"{server.url}/app/r/{record}")
    expect(page.get_by_role("heading", name="Văn phòng đã sửa khi ghi nhận")).to_be_visible()
    expect(page.get_by_text("Đã sửa: cơ quan.")).to_be_visible()

    the_officer_returns_it(office, server, record)
    send(page, server)
    page.goto(f"{server.url}/app")
    expect(page.get_by_role("heading", name="1 biên bản bị trả lại")).to_be_visible(timeout=SOON_MS)
    page.get_by_role("link", name=re.compile(KARAOKE)).first.click()
    expect(page.get_by_text("Cần bổ sung: Chụp ảnh cửa khóa")).to_be_visible()
    press(page, "Lập bản sửa")
    it_is_amended(page)
    send(page, server)
    expect(page.get_by_text("Không còn gì chờ gửi")).to_be_visible(timeout=SOON_MS)
    with database.opened(data) as db:
        old, new = sorted(inspections.in_year(db, today().year), key=lambda made: made.amends is not None)
        assert (new.amends, old.amended_by) == (old.id, new.id)
        assert (new.started_at, new.ended_at) == (old.started_at, old.ended_at)  # the same visit, told anew


def it_is_amended(page: Page) -> None:
    """Another look at the checklist on the way makes no other visit of it."""
    expect(page.get_by_role("heading", name="Lập bản sửa")).to_be_visible()
    front = page.locator(".layer:not(.layer--behind)")  # the record that it was opened from goes a moment later
    expect(front.get_by_text("Cần bổ sung: Chụp ảnh cửa khóa")).to_be_visible()
    choose(page, "Làm việc được")
    press(page, "Bắt đầu")
    press(page, "Hình thức, thành viên, thông báo")
    choose(page, "Cơ sở đóng cửa")
    press(page, "Lưu lần đến này")
    expect(page.get_by_text("Cần có thông tin này.")).to_be_visible()
    page.get_by_label("Lý do sửa biên bản").fill("Bổ sung ảnh")
    press(page, "Lưu lần đến này")
    expect(page.get_by_text("Đã khóa.").first).to_be_visible(timeout=SOON_MS)


def the_officer_mends_it(office: Page, server: Server) -> None:
    office.goto(f"{server.url}/changes")
    expect(office.get_by_role("heading", name="Ghi chưa đúng: cơ quan")).to_be_visible()
    office.get_by_role("link", name="Đọc và sửa").click()
    expect(office.get_by_text("Cửa khóa, hàng xóm nói nghỉ hai ngày.").first).to_be_visible()
    expect(office.get_by_text("không có trong danh sách")).to_be_visible()
    mending = office.get_by_role("region", name="Sửa và ghi nhận")
    mending.get_by_label("Đội 178").check()
    mending.get_by_label("Vì sao sửa").fill("Đồn không còn trong danh sách")
    mending.get_by_role("button", name="Sửa và ghi nhận").click()
    expect(office.get_by_text("Đã sửa và ghi nhận.")).to_be_visible()


def the_officer_returns_it(office: Page, server: Server, record: str) -> None:
    office.goto(f"{server.url}/inspections/{record}")
    expect(office.get_by_text("Văn phòng đã sửa khi ghi nhận")).to_be_visible()
    office.get_by_label(re.compile("Điều cần bổ sung")).fill("Chụp ảnh cửa khóa")
    office.get_by_role("button", name="Trả lại").click()
    expect(office.get_by_text("Đã trả lại BB-")).to_be_visible()
