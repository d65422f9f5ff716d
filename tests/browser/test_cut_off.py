"""A visit cut off at every step, in every way a phone has: nothing is lost, and it goes on at the same line.

The steps are those of a whole visit. After each of them the page is reloaded, its tab closed, its process killed, its
database taken away, the phone turned, a newer app fetched, let in and opened; each time the page is compared with what
it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Error, Page, expect

from fieldapp import database, inspections
from tests.browser.builds import Builds
from tests.browser.server import Server
from tests.browser.test_journey import (
    KARAOKE,
    SOON_MS,
    answer,
    choose,
    open_establishment,
    photo,
    press,
    ready,
    sign_in,
    today,
)

REST_MS = 200
BREATH_MS = 700  # what the slow phone needs to write the last key down

SEEN = """() => {
  const fields = [...document.querySelectorAll('main input:not([type=file]), main textarea, main select')]
  const head = document.querySelector('.top').getBoundingClientRect().height
  const lines = [...document.querySelectorAll('main [id^="item-"], main fieldset[id], main section[id], main #sheet')]
  const tops = lines.map(line => [line.id, Math.round((line.getBoundingClientRect().top - head) / 4)])
  const dark = canvas => {
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    return data.some((value, n) => n % 4 === 3 && value > 128)
  }
  return {
    path: location.pathname,
    values: fields.map(one => [one.id || one.name, one.value, ['radio', 'checkbox'].includes(one.type) && one.checked]),
    open: [...document.querySelectorAll('main details')].map(one => one.open),
    pictures: document.querySelectorAll('main .shot img').length,
    ink: [...document.querySelectorAll('main canvas')].map(dark),
    line: tops.filter(([, top]) => top >= 0)[0] ?? null,
    cursor: document.activeElement.matches('textarea, input[type=text]') ? document.activeElement.id : null,
  }
}"""

# What the browser gives to pages, with two switches: the disk is full; the database is taken away.
FAULTS = """
  window.taken = []
  const open = IDBFactory.prototype.open
  IDBFactory.prototype.open = function (...what) {
    const opening = open.apply(this, what)
    opening.addEventListener('success', () => window.taken.push(opening.result))
    return opening
  }
  const put = IDBObjectStore.prototype.put
  IDBObjectStore.prototype.put = function (...what) {
    if (window.full) throw new DOMException('no room', 'QuotaExceededError')
    return put.apply(this, what)
  }
"""


@dataclass
class Phone:
    """One phone whose page may be another after every step."""

    context: BrowserContext
    server: Server
    page: Page
    builds: Builds

    def open_again(self) -> None:
        """The person taps the icon: the app begins at its front door."""
        self.page = self.context.new_page()
        self.page.goto(f"{self.server.url}/app")
        ready(self.page)


def reloaded(phone: Phone) -> None:
    """The camera took the memory."""
    phone.page.reload()
    ready(phone.page)


def tab_closed(phone: Phone) -> None:
    phone.page.close()
    phone.open_again()


def killed(phone: Phone) -> None:
    """The battery: no event is fired, nothing can be said goodbye to."""
    with suppress(Error):
        phone.page.goto("chrome://crash", timeout=2000)
    phone.page.close()
    phone.open_again()


def database_closed(phone: Phone) -> None:
    """As iOS does in the background."""
    phone.page.evaluate("() => taken.forEach(db => { db.close(); db.dispatchEvent(new Event('close')) })")


def turned(phone: Phone) -> None:
    """What the page then scrolls by itself, on a slow phone long after, is not where the person went."""
    size = phone.page.viewport_size
    assert size
    for width, height in ((size["height"], size["width"]), (size["width"], size["height"])):
        phone.page.set_viewport_size({"width": width, "height": height})
        settled(phone.page)
        if width > height:
            phone.page.evaluate("() => scrollTo(0, 0)")
            settled(phone.page)
            phone.page.evaluate("() => dispatchEvent(new Event('pagehide'))")


def newer_app_waits(phone: Phone) -> None:
    phone.builds.arrives(phone.page)


def newer_app_let_in(phone: Phone) -> None:
    """By another tab of the app: this page goes on with what it has."""
    phone.builds.let_in(phone.page)


def newer_app_opened(phone: Phone) -> None:
    script = "() => document.querySelector('script[type=module]').src"
    before = phone.page.evaluate(script)
    reloaded(phone)
    assert phone.page.evaluate(script) != before


def stroke(page: Page, nth: int, at: int) -> None:
    """One stroke of a signature, the finger lifted after it."""
    canvas = page.locator("canvas").nth(nth)
    canvas.scroll_into_view_if_needed()
    where = canvas.bounding_box()
    assert where
    page.mouse.move(where["x"] + 30 + at, where["y"] + 40)
    page.mouse.down()
    page.mouse.move(where["x"] + 60 + at, where["y"] + 90, steps=4)
    page.mouse.up()


def notice_read(page: Page) -> None:
    open_establishment(page)
    press(page, "Bắt đầu kiểm tra")
    page.get_by_text("Đã đọc cho chủ cơ sở").click()


def section_answered(page: Page) -> None:
    press(page, "Bắt đầu")
    page.get_by_role("button", name=re.compile("^Phần A: ")).click()
    page.get_by_label("Tổng số lao động").fill("8")


def word_half_typed(page: Page) -> None:
    answer(page, "C04", "khong_dat")
    expect(page.get_by_label("Ghi rõ tồn tại")).to_be_focused()
    page.keyboard.type("02 bình ở tầng 2 hết h")


def photo_taken(page: Page) -> None:
    item = page.locator("fieldset", has=page.locator("#a-C04-khong_dat"))
    picture: Any = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    item.locator("input[type=file]").first.set_input_files(files=[picture])
    press(page, "Dùng ảnh")
    expect(item.locator("img")).to_be_visible(timeout=SOON_MS)


def note_opened(page: Page) -> None:
    answer(page, "F01", "dat")
    page.get_by_role("button", name="Ghi chú, ảnh cho mục F01").click()


def commitment_half_signed(page: Page) -> None:
    press(page, "Cam kết của chủ cơ sở")
    press(page, "Đọc xong, đến phần ký")
    stroke(page, 0, 0)


def review_half_done(page: Page) -> None:
    stroke(page, 0, 60)
    press(page, "Xong, về biên bản")
    page.get_by_role("button", name=re.compile("^Phần B: ")).wait_for()
    for section in page.get_by_role("button", name=re.compile("^Phần .: ")).all()[::-1]:
        section.click()
    press(page, "Xem lại và ký")
    choose(page, "Có ý kiến")
    page.locator("#opinion-text").press_sequentially("Cơ sở đề ngh")


STEPS: list[Callable[[Page], None]] = [
    notice_read, section_answered, word_half_typed, photo_taken, note_opened, commitment_half_signed, review_half_done,
]  # fmt: skip


def settled(page: Page) -> dict[str, Any]:
    page.wait_for_timeout(BREATH_MS)
    seen: dict[str, Any] = page.evaluate(SEEN)
    while True:  # a slow machine is still scrolling, or drawing what was typed
        page.wait_for_timeout(REST_MS)
        before, seen = seen, page.evaluate(SEEN)
        if seen == before:
            return seen


def same_again(phone: Phone, before: dict[str, Any], step: str) -> None:
    seen: dict[str, Any] = {}
    for _ in range(SOON_MS // 100):
        seen = phone.page.evaluate(SEEN)
        if seen == before:
            return
        phone.page.wait_for_timeout(100)
    different = {name: (before[name], seen[name]) for name in before if before[name] != seen[name]}
    raise AssertionError(f"after {step}: {different}")


CUT_OFF = [reloaded, tab_closed, killed, database_closed, turned, newer_app_waits, newer_app_let_in, newer_app_opened]


@pytest.fixture
def server(data: Path, builds: Builds) -> Iterator[Server]:
    running = Server(data, builds.code)
    yield running
    running.stop()


def test_a_visit_goes_on_where_it_was_cut_off(
    phone: BrowserContext, server: Server, data: Path, builds: Builds
) -> None:
    phone.add_init_script(FAULTS)
    phone.set_default_timeout(SOON_MS)
    one = Phone(phone, server, phone.new_page(), builds)
    sign_in(one.page, server)
    for step in STEPS:
        step(one.page)
        before = settled(one.page)
        for cut_off in CUT_OFF:
            cut_off(one)
            same_again(one, before, f"{step.__name__}, {cut_off.__name__}")

    for nth in (0, 1):
        stroke(one.page, nth, 0)
    press(one.page, "Kết thúc và lưu biên bản")
    expect(one.page.get_by_text("Đã khóa.").first).to_be_visible(timeout=SOON_MS)
    expect(one.page.get_by_text("Đã gửi hết").first).to_be_visible(timeout=2 * SOON_MS)
    with database.opened(data) as db:
        (made,) = inspections.in_year(db, today().year)
        body = inspections.content(db, made.id)
    assert (body["answers"]["C04"]["note"], body["opinion"]) == ("02 bình ở tầng 2 hết h", "Cơ sở đề ngh")
    assert len(body["answers"]["C04"]["files"]) == 1
    assert body["commitment"]


def test_what_is_typed_about_an_establishment_is_there_again(
    phone: BrowserContext, server: Server, builds: Builds
) -> None:
    phone.set_default_timeout(SOON_MS)
    one = Phone(phone, server, phone.new_page(), builds)
    sign_in(one.page, server)

    press(one.page, "Cơ sở")
    one.page.get_by_role("link", name="Thêm cơ sở").click()
    one.page.get_by_label("Tên cơ sở").fill("Quán mới trong ngõ")
    one.page.get_by_label("Điện thoại công việc").fill("0900")
    one.page.wait_for_timeout(BREATH_MS)
    killed(one)
    one.page.goto(f"{server.url}/app/new")
    expect(one.page.get_by_text("Có chỗ ghi dở lần trước, chưa lưu.")).to_be_visible()
    expect(one.page.get_by_label("Tên cơ sở")).to_have_value("Quán mới trong ngõ")
    expect(one.page.get_by_label("Điện thoại công việc")).to_have_value("0900")
    press(one.page, "Bỏ đi")
    expect(one.page.get_by_label("Tên cơ sở")).to_have_value("")

    one.page.goto(f"{server.url}/app")
    ready(one.page)
    open_establishment(one.page)
    one.page.get_by_role("link", name="Sửa thông tin liên hệ").click()
    one.page.get_by_label("Điện thoại công việc").fill("0912 345 678")
    address = one.page.url
    one.page.wait_for_timeout(BREATH_MS)
    killed(one)
    one.page.goto(address)
    expect(one.page.get_by_label("Điện thoại công việc")).to_have_value("0912 345 678")
    one.page.get_by_role("button", name="Lưu thay đổi").click()
    expect(one.page.get_by_text("0912 345 678").first).to_be_visible()
    one.page.goto(address)
    ready(one.page)
    expect(one.page.get_by_text("Có chỗ ghi dở lần trước, chưa lưu.")).to_be_hidden()


def test_a_full_phone_says_so_and_loses_nothing(phone: BrowserContext, server: Server) -> None:
    phone.add_init_script(FAULTS)
    page = phone.new_page()
    sign_in(page, server)
    notice_read(page)
    press(page, "Bắt đầu")
    answer(page, "A01", "dat")
    page.wait_for_timeout(BREATH_MS)

    page.evaluate("() => { window.full = true }")
    answer(page, "A02", "khong_dat")
    page.keyboard.type("Biển hiệu ghi tên khác.")
    expect(page.get_by_text("Chưa lưu được: máy hết chỗ")).to_be_visible()
    page.evaluate("() => { window.full = false }")
    answer(page, "A03", "dat")
    expect(page.get_by_text("Đã lưu trên máy")).to_be_visible()

    page.reload()
    ready(page)
    expect(page.locator("#a-A02-khong_dat")).to_be_checked()
    expect(page.get_by_label("Ghi rõ tồn tại")).to_have_value("Biển hiệu ghi tên khác.")
    expect(page.locator("#a-A03-dat")).to_be_checked()
    expect(page.get_by_role("heading", name=KARAOKE)).to_be_visible()


def test_a_newer_app_arrives_while_a_photo_is_covered(phone: BrowserContext, server: Server, builds: Builds) -> None:
    """What was covered stays covered, and the photo is kept by the page that was open."""
    phone.set_default_timeout(SOON_MS)
    one = Phone(phone, server, phone.new_page(), builds)
    sign_in(one.page, server)
    notice_read(one.page)
    section_answered(one.page)
    word_half_typed(one.page)
    item = one.page.locator("fieldset", has=one.page.locator("#a-C04-khong_dat"))
    picture: Any = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    item.locator("input[type=file]").first.set_input_files(files=[picture])
    one.page.locator(".cover__pic").wait_for()
    stroke(one.page, 0, 0)
    expect(one.page.get_by_role("button", name="Hoàn tác")).to_be_enabled()
    newer_app_waits(one)
    newer_app_let_in(one)
    expect(one.page.get_by_role("button", name="Hoàn tác")).to_be_enabled()
    press(one.page, "Dùng ảnh")
    expect(item.locator("img")).to_be_visible()
    before = settled(one.page)
    newer_app_opened(one)
    same_again(one, before, "the photo was kept")
