"""The main job in a real browser: from signing in, through a day without signal, to the office's figure.

Twice: once the browser says that there is no network, once only the server is killed (then the phone believes it is
online, which is what a weak signal looks like).
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from fieldapp import commitments, database, establishments, evidence, findings, inspections, people
from fieldapp.clock import local_day, system_clock
from fieldapp.coverage import compute, yearly_target
from fieldapp.units import TIME_ZONE
from tests import making
from tests.browser.conftest import PASSWORD, SLOWER, SOON_MS
from tests.browser.server import Server

BREATH_MS = 300
KARAOKE = "Karaoke Sao Thử 01"
SAFE = re.compile(r"Đã khóa\. (Đã lưu trên máy, chờ gửi|Văn phòng đã nhận)\.")
"""What a phone with a signal shows depends on how soon one looks."""
DRAWN = itertools.count()
NO_COUNT = "Hãy ghi số, từ 0 đến 99.999."


def photo() -> bytes:
    """A picture larger than the phone keeps, turned by its EXIF, with a position in it that must not travel."""
    picture = Image.effect_noise((2400, 1800), 40).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (20.0, 7.0, 30.0)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85, exif=exif)
    return out.getvalue()


def today() -> date:
    """The commune's day, which the server and the phone both live in."""
    return local_day(system_clock(), TIME_ZONE)


def ready(page: Page) -> None:
    expect(page.locator("html[data-ready='1']")).to_be_attached(timeout=SOON_MS)


def sign_in(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/app")
    ready(page)
    page.get_by_label("Tên đăng nhập").fill("binh")
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    expect(page.get_by_role("link", name=re.compile(KARAOKE))).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_text("Đã gửi hết")).to_be_visible()
    page.evaluate("() => navigator.serviceWorker.ready.then(() => 1)")


@contextmanager
def network_cut(phone: BrowserContext, server: Server) -> Iterator[None]:
    """The browser says so to the page, and nothing answers: a page that is closed gets its network back for the
    moment in which it dies (the browser ends what it emulates first), and would hand in what it holds after all."""
    phone.set_offline(True)
    server.kill()
    yield
    server.start()
    phone.set_offline(False)


@contextmanager
def server_killed(phone: BrowserContext, server: Server) -> Iterator[None]:
    server.kill()
    yield
    server.start()


def draw(page: Page, nth: int = 0) -> None:
    """A signature like no other: two with the same pixels would be one file."""
    height = 40 + next(DRAWN) % 11
    canvas = page.locator("canvas").nth(nth)
    canvas.scroll_into_view_if_needed()
    where = canvas.bounding_box()
    assert where
    page.mouse.move(where["x"] + 40, where["y"] + height)
    page.mouse.down()
    for step in range(1, 12):
        page.mouse.move(where["x"] + 40 + 15 * step, where["y"] + height + (step % 3) * 20)
    page.mouse.up()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).or_(page.get_by_role("link", name=name, exact=True)).first.click()


def choose(page: Page, label: str) -> None:
    page.locator("label", has_text=label).first.click()


def open_establishment(page: Page) -> None:
    page.get_by_label("Tìm cơ sở").fill("karaoke sao thu")
    page.get_by_role("link", name=re.compile(KARAOKE)).click()
    expect(page.get_by_role("heading", name=KARAOKE)).to_be_visible()


def begin(page: Page) -> None:
    press(page, "Bắt đầu kiểm tra")
    page.get_by_text("Đọc thông báo").click()
    expect(page.get_by_text("Ủy ban nhân dân xã Kim Tân").first).to_be_visible()
    page.get_by_text("Đã đọc cho chủ cơ sở").click()
    press(page, "Bắt đầu")
    expect(page.locator("#a-A01-dat")).to_be_attached()
    expect(page.locator("[data-room]")).to_have_count(0)  # items are drawn a few after the other


def answer(page: Page, item: str, code: str) -> None:
    page.locator(f"label[for='a-{item}-{code}']").click()


def answer_everything(page: Page) -> None:
    """Everything in order, but for one item with a note and a photo."""
    for label in page.locator("label[for^='a-'][for$='-dat']").all():
        label.click()
    answer(page, "C04", "khong_dat")
    item = page.locator("fieldset", has=page.locator("#a-C04-khong_dat"))
    item.get_by_label("Ghi rõ tồn tại").fill("02 bình ở tầng 2 hết hạn kiểm định.")
    picture: Any = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    item.locator("input[type=file]").first.set_input_files(files=[picture])
    press(page, "Dùng ảnh")
    expect(item.locator("img")).to_be_visible(timeout=SOON_MS)
    page.get_by_label(re.compile("Tổng số lao động")).last.fill("1000000")
    expect(page.get_by_text(NO_COUNT)).to_be_visible()
    for words, count in (("Tổng số lao động", 8), ("hợp đồng lao động bằng văn bản", 5), ("được tuyên truyền", 8)):
        page.get_by_label(re.compile(words)).last.fill(str(count))


def commit(page: Page) -> None:
    press(page, "Cam kết của chủ cơ sở")
    expect(page.get_by_text("không để tệ nạn xã hội xảy ra")).to_be_visible()
    press(page, "Đọc xong, đến phần ký")
    draw(page)
    press(page, "Xong, về biên bản")  # everything is answered, so on to the review


def sign_and_finish(page: Page, told: str | re.Pattern[str] = SAFE) -> None:
    expect(page.get_by_role("heading", name="Xem lại trước khi ký")).to_be_visible()
    choose(page, "Chủ cơ sở")
    expect(page.get_by_label("Còn tồn tại, yêu cầu khắc phục")).to_be_checked()
    draw(page, 0)
    draw(page, 1)
    press(page, "Kết thúc và lưu biên bản")
    expect(page.get_by_text(told)).to_be_visible()


@pytest.mark.parametrize("lost", [network_cut, server_killed])
def test_from_the_basement_to_the_figure(
    slow_phone: BrowserContext, server: Server, office: Page, data: Path,
    lost: Callable[[BrowserContext, Server], AbstractContextManager[None]],
) -> None:  # fmt: skip
    page = slow_phone.new_page()
    sign_in(page, server)
    with lost(slow_phone, server):
        open_establishment(page)
        begin(page)
        answer_everything(page)

        # the phone dies in the middle, a breath after the last key: everything is there again, in the same place
        page.wait_for_timeout(SLOWER * BREATH_MS)
        where = page.url
        page.close()
        page = slow_phone.new_page()
        page.goto(where)
        ready(page)
        expect(page.locator("#a-C04-khong_dat")).to_be_checked()
        expect(page.get_by_label("Ghi rõ tồn tại")).to_have_value("02 bình ở tầng 2 hết hạn kiểm định.")

        commit(page)
        sign_and_finish(page, "Đã khóa. Đã lưu trên máy, chờ gửi.")
        page.close()
        page = slow_phone.new_page()
        page.goto(f"{server.url}/app/sync")
        ready(page)
        expect(page.get_by_text("2 bản ghi chờ gửi").first).to_be_visible()
        assert nothing_arrived(data)

    # signal is back: it syncs by itself, photos included, and says so
    page.bring_to_front()
    expect(page.get_by_text("Không còn gì chờ gửi")).to_be_visible(timeout=3 * SOON_MS)
    expect(page.get_by_text("Văn phòng đã nhận")).to_have_count(2)
    arrived_whole(data)
    the_office_sees_it(office, server)


def nothing_arrived(data: Path) -> bool:
    with database.opened(data) as db:
        return not inspections.in_year(db, today().year)


def arrived_whole(data: Path) -> None:
    with database.opened(data) as db:
        (made,) = inspections.in_year(db, today().year)
        body = inspections.content(db, made.id)
        assert body["answers"]["C04"]["a"] == "khong_dat"
        assert body["figures"]["N01"] == 8
        assert body["notice"]["read_at"]
        assert {s["who"] for s in body["signatures"]} == {"representative", "inspector"}
        assert [f.item for f in findings.of_inspection(db, made.id)] == ["C04"]
        (promise,) = commitments.of_establishment(db, made.establishment)
        assert (promise.state, promise.signer, body["commitment"]) == ("in_force", "Nguyễn Văn Mẫu", promise.id)
        files = evidence.arrived(db, data, "inspection", made.id)
        assert len(files) == 3
        assert all(files.values())
        (sha256,) = body["answers"]["C04"]["files"]
        kept = evidence.read(db, data, sha256)
        assert kept is not None
        with Image.open(kept.path) as picture:
            assert picture.size == (1200, 1600)  # upright, shrunk, and nothing about where or with what it was taken
            assert not picture.getexif()
        assert compute(db, yearly_target(today().year), today()).numerator == 1


def the_office_sees_it(office: Page, server: Server) -> None:
    office.goto(f"{server.url}/coverage")
    expect(office.get_by_text("33,3%").first).to_be_visible()
    office.goto(f"{server.url}/inspections")
    office.get_by_role("link", name=re.compile(KARAOKE)).first.click()
    expect(office.get_by_text("02 bình ở tầng 2 hết hạn kiểm định.").first).to_be_visible()


def test_an_answer_that_was_lost_is_given_again(phone: BrowserContext, server: Server, data: Path) -> None:
    """The server commits, the phone never hears of it: the resend is answered by the first receipt."""
    page = phone.new_page()
    sign_in(page, server)
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost:
            return route.continue_()
        lost.append(route.request.url)
        route.fetch()  # the server has it
        return route.abort()

    phone.route("**/sync/v1/push", lose)
    open_establishment(page)
    begin(page)
    answer_everything(page)
    page.get_by_label(re.compile("được tuyên truyền")).last.fill("nhiều")
    press(page, "Xem lại và ký")
    expect(page.get_by_text(f"—. {NO_COUNT}")).to_be_visible()  # before it is signed without
    sign_and_finish(page)
    page.goto(f"{server.url}/app/sync")
    expect(page.get_by_text("Không còn gì chờ gửi")).to_be_visible(timeout=3 * SOON_MS)
    assert lost
    with database.opened(data) as db:
        assert len(inspections.in_year(db, today().year)) == 1


def test_an_owner_who_refuses_and_then_signs_has_signed(phone: BrowserContext, server: Server, data: Path) -> None:
    """What was drawn before and what was written of the refusal are both there again; only read, it leaves no draft."""
    page = phone.new_page()
    sign_in(page, server)
    open_establishment(page)
    press(page, "Đọc và ký cam kết")
    expect(page.get_by_text("Tôi cam kết")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("Bản cam kết đang làm dở.")).to_have_count(0)
    press(page, "Đọc và ký cam kết")
    press(page, "Đọc xong, đến phần ký")
    draw(page)
    refuses = page.locator("#refusal summary")
    refuses.click()
    page.get_by_label("Lý do theo lời chủ cơ sở").fill("Chờ hỏi công ty.")
    for _ in range(2):
        refuses.click()
    expect(page.get_by_label("Lý do theo lời chủ cơ sở")).to_have_value("Chờ hỏi công ty.")
    refuses.click()
    press(page, "Xác nhận chữ ký")
    expect(page.get_by_text(SAFE)).to_be_visible(timeout=SOON_MS)
    page.goto(f"{server.url}/app/sync")
    expect(page.get_by_text("Không còn gì chờ gửi")).to_be_visible(timeout=3 * SOON_MS)
    with database.opened(data) as db:
        place = next(one for one in establishments.every(db) if one.name == KARAOKE)
        (promise,) = commitments.of_establishment(db, place.id)
        assert (promise.state, promise.signer) == ("in_force", "Nguyễn Văn Mẫu")


def test_a_scanned_code_signs_in_without_a_password(phone: BrowserContext, server: Server, data: Path) -> None:
    with database.opened(data) as db, database.write(db) as tx:
        binh = next(account for account in people.accounts(db) if account.username == "binh")
        letters = people.issue_code(tx, making.ACTOR, binh.id)
    page = phone.new_page()
    page.goto(f"{server.url}/app#code={letters}")
    ready(page)
    expect(page.get_by_label("Mã một lần")).to_have_value(letters)
    assert letters not in page.url
    press(page, "Đăng nhập")
    expect(page.get_by_role("link", name=re.compile(KARAOKE))).to_be_visible(timeout=SOON_MS)


def test_over_plain_http_the_app_says_what_will_not_work(browser: Browser, server: Server) -> None:
    """A phone on the office's network without HTTPS: the browser has no service worker for it."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.add_init_script("Object.defineProperty(window, 'isSecureContext', {value: false})")
    page.goto(f"{server.url}/app")
    ready(page)
    expect(page.get_by_text("không làm việc được khi mất mạng").first).to_be_visible()
    context.close()
