"""The office in a real browser: whole pages at three widths, the keyboard, and work that outlives a failure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from fieldapp import demo, establishments
from fieldapp.database import connect, write
from tests import making
from tests.browser import pages
from tests.browser.server import Server

NARROW = {"width": 360, "height": 740}
AXE = Path(__file__).parents[2] / "fieldapp" / "client" / "node_modules" / "axe-core" / "axe.min.js"
JUDGE = """(source) => {
  new Function(source)()
  return axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.map(
    one => `${one.impact} ${one.id}: ${one.nodes.map(node => node.target.join(' ')).slice(0, 3).join(' | ')}`))
}"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A demo commune of today with five hundred establishments more, and its passwords."""
    folder = tmp_path_factory.mktemp("office") / "kim-mau"
    passwords = {account.username: account.password for account in demo.prepare(folder, "kim-mau")}
    db = connect(folder)
    with write(db) as tx:
        for n in range(500):
            making.establishment(tx, f"Nhà nghỉ dưỡng sinh thái Suối Nguồn Thử Nghiệm {n:03d}", type="guesthouse")
    db.close()
    return folder, passwords


@pytest.fixture(scope="module")
def running(filled: tuple[Path, dict[str, str]]) -> Iterator[Server]:
    server = Server(filled[0])
    yield server
    server.stop()


def signed_in(
    browser: Browser, server: Server, passwords: dict[str, str], who: str = "canbo", **options: object
) -> Page:
    size = options.pop("viewport", {"width": 1366, "height": 768})
    context = browser.new_context(locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", viewport=size, **options)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{server.url}/sign-in")
    page.get_by_label("Tên đăng nhập").fill(who)
    page.get_by_label("Mật khẩu").fill(passwords[who])
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.locator(".rail")).to_be_visible()
    return page


@pytest.fixture
def office(browser: Browser, running: Server, filled: tuple[Path, dict[str, str]]) -> Iterator[Page]:
    """The officer's page, at the register."""
    page = signed_in(browser, running, filled[1])
    page.goto(f"{running.url}/establishments")
    yield page
    page.context.close()


@pytest.mark.parametrize(
    "looks",
    [
        {"viewport": {"width": 1366, "height": 768}},
        {"viewport": NARROW, "color_scheme": "dark"},
        {"viewport": {"width": 900, "height": 700}, "contrast": "more", "reduced_motion": "reduce"},
    ],
    ids=["wide", "narrow-dark", "contrast"],
)
def test_every_page_fits_and_stays_quiet(
    looks: dict[str, object], browser: Browser, running: Server, filled: tuple[Path, dict[str, str]]
) -> None:
    """Every page of the office at the smallest width, one in four of them at the others."""
    told: list[str] = []
    wrong: list[str] = []
    step = 1 if looks["viewport"] == NARROW else 4
    for who, addresses in pages.by_account(filled[0]).items():
        page = signed_in(browser, running, filled[1], who, **dict(looks))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("console", lambda said: told.append(said.text) if said.type == "error" else None)
        for path in list(addresses.values())[::step]:
            page.goto(running.url + path)
            if "contrast" in looks:  # light and dark are judged by test_axe.py
                wrong += [f"{path}: {one}" for one in page.evaluate(JUDGE, AXE.read_text(encoding="utf-8"))]
            wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
            if wide > 0:
                wrong.append(f"{path}: {wide} px too wide")
        page.context.close()
    assert not wrong
    assert [text for text in told if "404" not in text] == []


def test_the_list_answers_while_one_types(office: Page) -> None:
    rows = office.locator(".reg tbody tr:not(.meta)")
    office.keyboard.press("f")
    office.keyboard.type("khach san")
    expect(office.locator("[data-count]")).to_have_text(re.compile(r"^\d/537 cơ sở$"))
    expect(rows.first).to_contain_text("Khách sạn")
    assert "q=khach" in office.url
    exported = office.locator("[data-export=csv]").get_attribute("href")
    assert exported
    assert "q=khach" in exported
    office.locator(".chip", has_text="Chưa ký").click()
    expect(office.locator("#filter")).to_have_value("khach san")
    office.keyboard.press("Escape")
    expect(office.locator("[data-count]")).to_have_text("537/537 cơ sở")


def test_rows_by_keyboard_and_further_rows_by_scrolling(office: Page) -> None:
    rows = office.locator(".reg tbody tr:not(.meta)")
    expect(rows).to_have_count(100)
    office.locator("[data-rows]").evaluate("box => box.scrollTo(0, box.scrollHeight)")
    expect(rows).to_have_count(200)
    office.locator("[data-rows]").evaluate("box => box.scrollTo(0, 0)")
    for _ in range(3):
        office.keyboard.press("ArrowDown")
    current = office.locator("tr.cur")
    expect(current).to_have_count(1)
    name = current.locator("a").inner_text()
    office.keyboard.press("Space")
    expect(office.locator("[data-chosen]")).to_have_text("Đã chọn 1 cơ sở")
    office.keyboard.press("Enter")
    expect(office.get_by_role("heading", level=1)).to_have_text(name)


def test_chosen_rows_are_printed_or_taken_out(office: Page) -> None:
    for n in (0, 2):
        office.locator(".reg tbody input[type=checkbox]").nth(n).check()
    expect(office.locator("[data-bulk]")).to_contain_text("Đã chọn 2 cơ sở")
    with office.expect_download() as taken:
        office.get_by_role("button", name="Xuất các dòng này").click()
    assert taken.value.suggested_filename.endswith(".xlsx")
    office.get_by_role("button", name="In bản cam kết").click()
    expect(office.locator(".sheet")).to_have_count(2)


def test_the_search_box_reaches_everything(office: Page) -> None:
    office.keyboard.press("/")
    office.keyboard.type("khach san")
    expect(office.get_by_role("option").first).to_contain_text("Khách sạn")
    office.keyboard.press("ArrowDown")
    office.keyboard.press("Enter")
    expect(office.get_by_role("heading", level=1)).to_contain_text("Khách sạn")
    office.keyboard.press("/")
    office.keyboard.type("0003")
    expect(office.get_by_role("option").first).to_contain_text("BB-")


def test_what_was_typed_outlives_the_session_and_the_server(
    office: Page, running: Server, filled: tuple[Path, dict[str, str]]
) -> None:
    office.goto(f"{running.url}/establishments/new")
    office.get_by_label("Tên cơ sở").fill("Karaoke Gõ Dở")
    office.get_by_label("Ghi chú").fill("Cổng phụ ở ngõ sau")
    office.context.clear_cookies()  # the session ended meanwhile
    office.keyboard.press("Control+s")
    expect(office.get_by_role("heading", level=1)).to_be_visible()
    if office.locator("[data-failure]").count():
        office.goto(f"{running.url}/establishments/new")
    office.get_by_label("Tên đăng nhập").fill("canbo")
    office.get_by_label("Mật khẩu").fill(filled[1]["canbo"])
    office.get_by_role("button", name="Đăng nhập").click()
    expect(office.get_by_label("Tên cơ sở")).to_have_value("Karaoke Gõ Dở")
    expect(office.get_by_label("Ghi chú")).to_have_value("Cổng phụ ở ngõ sau")
    expect(office.get_by_text("Đã điền lại những gì anh/chị gõ dở")).to_be_visible()
    office.keyboard.press("Control+s")
    expect(office.get_by_role("heading", level=1)).to_have_text("Karaoke Gõ Dở")
    office.goto(f"{running.url}/establishments/new")
    expect(office.get_by_label("Tên cơ sở")).to_have_value("")
    db = connect(filled[0])
    assert [e.name for e in establishments.every(db)].count("Karaoke Gõ Dở") == 1
    db.close()


def test_records_are_read_one_after_another(office: Page, running: Server) -> None:
    office.goto(f"{running.url}/inspections")
    first = office.url
    waiting = office.locator(".rev-list li").count()
    office.keyboard.press("j")
    expect(office.locator(".rev-list [aria-current]")).to_have_count(1)
    office.wait_for_url(lambda url: url != first)
    office.keyboard.press("k")
    office.wait_for_url(first)
    office.get_by_role("button", name="Trả lại").click()
    expect(office.get_by_text("Phải ghi điều cần bổ sung.")).to_be_visible()
    office.goto(first)
    office.get_by_label("Chỉ hiện mục cần xem").check()
    expect(office.locator(".a-dat").first).to_be_hidden()
    office.keyboard.press("Control+Enter")
    expect(office.get_by_text("Đã chấp nhận BB-")).to_be_visible()
    assert office.locator(".rev-list li").count() in (waiting - 1, 0)


def test_the_office_works_without_scripts(
    browser: Browser, running: Server, filled: tuple[Path, dict[str, str]]
) -> None:  # fmt: skip
    page = signed_in(browser, running, filled[1], java_script_enabled=False)
    page.goto(f"{running.url}/establishments")
    page.locator("#filter").fill("karaoke")
    page.keyboard.press("Enter")
    expect(page.locator(".reg tbody tr:not(.meta)").first).to_contain_text("Karaoke")
    page.goto(f"{running.url}/establishments")
    page.locator("[data-more]").click()
    expect(page.locator(".reg tbody")).to_contain_text("CS-101")
    page.context.close()


def test_printing_hides_the_desk(office: Page, running: Server) -> None:
    office.goto(f"{running.url}/inspections/year")
    office.goto(running.url + str(office.locator(".reg tbody a").first.get_attribute("href")) + "/print")
    office.emulate_media(media="print")
    expect(office.locator(".desk-bar")).to_be_hidden()
    expect(office.locator(".sheet")).to_be_visible()
    office.evaluate("() => { window.print = () => { document.title = 'printed' } }")
    office.emulate_media(media="screen")
    office.get_by_role("button", name="In").click()
    expect(office).to_have_title("printed")
