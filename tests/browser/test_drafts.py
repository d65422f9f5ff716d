"""A phone that is lost in the middle of a visit, and one that cannot send: both journeys in a real browser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from fieldapp import database, inspections
from tests.browser.conftest import HERE, PHONE
from tests.browser.server import Server
from tests.browser.test_journey import (
    BREATH_MS,
    KARAOKE,
    SOON_MS,
    answer_everything,
    arrived_whole,
    begin,
    commit,
    nothing_arrived,
    open_establishment,
    press,
    ready,
    sign_and_finish,
    sign_in,
    today,
)

NOTE = "02 bình ở tầng 2 hết hạn kiểm định."


@pytest.fixture
def next_phone(browser: Browser) -> Iterator[BrowserContext]:
    """Another phone of Bình's."""
    context = browser.new_context(**PHONE, **HERE, accept_downloads=True)
    yield context
    context.close()


def sync(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/app/sync")
    ready(page)
    press(page, "Đồng bộ ngay")
    expect(page.get_by_role("button", name="Đồng bộ ngay")).to_be_enabled(timeout=SOON_MS)


def test_a_phone_is_lost_in_the_middle_of_a_visit(
    phone: BrowserContext, next_phone: BrowserContext, server: Server, office: Page, data: Path
) -> None:
    lost = phone.new_page()
    sign_in(lost, server)
    open_establishment(lost)
    begin(lost)
    answer_everything(lost)
    sync(lost, server)
    expect(lost.get_by_text("văn phòng đã có bản lưu")).to_be_visible()
    assert nothing_arrived(data)  # a draft counts nowhere

    # the office knows that there is one, and not what is in it
    office.goto(f"{server.url}/drafts")
    expect(office.get_by_text("Trần Văn Bình")).to_be_visible()
    expect(office.get_by_role("link", name=KARAOKE)).to_be_visible()
    assert NOTE not in office.content()

    page = next_phone.new_page()
    sign_in(page, server)
    expect(page.get_by_role("link", name=re.compile(f"{KARAOKE}.*nháp từ máy khác", re.S))).to_be_visible()
    open_establishment(page)
    expect(page.locator(".act").get_by_text("nháp từ máy khác")).to_be_visible()
    press(page, "Làm tiếp")
    expect(page.locator("#a-C04-khong_dat")).to_be_checked()
    expect(page.get_by_label("Ghi rõ tồn tại")).to_have_value(NOTE)
    expect(page.locator("fieldset", has=page.locator("#a-C04-khong_dat")).locator("img")).to_be_visible(timeout=SOON_MS)
    commit(page)
    sign_and_finish(page)
    page.goto(f"{server.url}/app/sync")
    expect(page.get_by_text("Không còn gì chờ gửi")).to_be_visible(timeout=3 * SOON_MS)
    arrived_whole(data)

    # the lost phone is found: nothing of it comes twice, and the draft has left it
    sync(lost, server)
    expect(lost.get_by_text("Bản nháp đang làm dở")).to_have_count(0)
    office.goto(f"{server.url}/drafts")
    expect(office.get_by_text("Không có bản nháp nào")).to_be_visible()


def test_a_phone_that_cannot_send_hands_a_file_over(
    next_phone: BrowserContext, server: Server, office: Page, data: Path
) -> None:
    page = next_phone.new_page()
    sign_in(page, server)
    next_phone.set_offline(True)
    open_establishment(page)
    begin(page)
    answer_everything(page)
    page.wait_for_timeout(BREATH_MS)
    page.evaluate("() => dispatchEvent(new Event('online'))")  # it tries in vain, and the draft is in the outbox too
    commit(page)
    sign_and_finish(page)
    page.goto(f"{server.url}/app/sync")
    ready(page)
    expect(page.get_by_text("2 bản ghi chờ gửi").first).to_be_visible()
    press(page, "Tạo tệp dự phòng")
    expect(page.get_by_text("2 bản ghi, 4 tệp ảnh")).to_be_visible(timeout=SOON_MS)
    with page.expect_download() as saving:
        press(page, "Lưu tệp vào máy")
    file = data.parent / saving.value.suggested_filename
    saving.value.save_as(file)
    assert NOTE.encode() not in file.read_bytes()
    expect(page.get_by_text("2 bản ghi chờ gửi").first).to_be_visible()  # the phone keeps everything
    expect(page.get_by_text("Lần gần nhất")).not_to_have_count(0)

    told = imported(data, file)
    assert "biên bản: 1 đã ghi vào sổ" in told
    assert "ảnh, chữ ký: 4 mới" in told
    arrived_whole(data)

    # the same file at the office, and the phone itself once it has a signal again: nothing comes twice
    office.goto(f"{server.url}/import/phone")
    office.get_by_label("Tệp .fieldapp").set_input_files(file)
    office.get_by_role("button", name="Nhập tệp").click()
    expect(office.get_by_role("heading", name="Đã nhập tệp của Trần Văn Bình")).to_be_visible()
    expect(office.get_by_text("đã có từ trước")).to_have_count(2 + 2)  # records, and what became of their drafts; files
    next_phone.set_offline(False)
    sync(page, server)
    expect(page.get_by_text("Không còn gì chờ gửi")).to_be_visible(timeout=3 * SOON_MS)
    with database.opened(data) as db:
        assert len(inspections.in_year(db, today().year)) == 1


def imported(data: Path, file: Path) -> str:
    """What the real command says."""
    env = {**os.environ, "FIELDAPP_DATA": str(data), "FIELDAPP_LANG": "vi"}
    command = [sys.executable, "-m", "fieldapp", "import", "phone-export", str(file)]
    return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout
