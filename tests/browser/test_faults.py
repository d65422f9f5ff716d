"""What a phone meets besides a lost signal: full storage, closed databases, ended tokens, portals, a new build.

Each in a real browser against the real server; in each, what was signed stays signed and arrives once.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from fieldapp import commitments, database, establishments, people
from sync import history
from tests import making
from tests.browser.builds import Builds
from tests.browser.conftest import PASSWORD
from tests.browser.server import Server
from tests.browser.test_journey import (
    KARAOKE,
    SAFE,
    SOON_MS,
    answer,
    begin,
    draw,
    open_establishment,
    photo,
    press,
    ready,
    sign_in,
)  # fmt: skip

HOTEL = "Khách sạn Minh Họa"
PEN_RESTS_MS = 700  # then the signature is kept


def promise(page: Page, server: Server, place: str = KARAOKE) -> None:
    """The owner reads the commitment and signs; only the button that finishes it is left to press."""
    page.goto(f"{server.url}/app/places")
    page.get_by_role("link", name=re.compile(place)).click()
    press(page, "Đọc và ký cam kết")
    press(page, "Đọc xong, đến phần ký")
    page.get_by_label("Họ tên người ký").fill("Nguyễn Văn Mẫu")
    draw(page)
    page.wait_for_timeout(PEN_RESTS_MS)


def finish(page: Page) -> None:
    press(page, "Xác nhận chữ ký")
    expect(page.get_by_text(SAFE)).to_be_visible()


def everything_is_sent(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/app/sync")
    expect(page.get_by_text("Không còn gì chờ gửi")).to_be_visible(timeout=SOON_MS)


def one_waits(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/app/sync")
    expect(page.get_by_text("1 bản ghi chờ gửi").first).to_be_visible()


def arrived(data: Path) -> list[str]:
    """The establishments of the commitments that the office holds."""
    with database.opened(data) as db:
        return [place.name for place in establishments.every(db) for _ in commitments.of_establishment(db, place.id)]


@pytest.mark.parametrize("locks", ["with Web Locks", "without"])
def test_two_tabs_drain_one_outbox(phone: BrowserContext, server: Server, data: Path, locks: str) -> None:
    if locks == "without":
        phone.add_init_script("delete Navigator.prototype.locks")
    one = phone.new_page()
    sign_in(one, server)
    other = phone.new_page()
    phone.set_offline(True)
    for page, place in ((one, KARAOKE), (other, HOTEL)):
        page.bring_to_front()
        promise(page, server, place)
        finish(page)
    phone.set_offline(False)
    for page in (one, other):
        everything_is_sent(page, server)
    assert sorted(arrived(data)) == sorted([KARAOKE, HOTEL])


def test_a_tab_closed_while_it_sends(phone: BrowserContext, server: Server, data: Path) -> None:
    page = phone.new_page()
    sign_in(page, server)
    sent: list[str] = []

    def reaches_the_office(route: Route) -> None:
        route.fetch()
        sent.append(route.request.url)  # and the answer never comes

    phone.route("**/sync/v1/push", reaches_the_office)
    promise(page, server)
    finish(page)
    while not sent:
        page.wait_for_timeout(20)
    page.close()
    phone.unroute("**/sync/v1/push")
    everything_is_sent(phone.new_page(), server)
    assert arrived(data) == [KARAOKE]


def test_no_room_at_the_signature(phone: BrowserContext, server: Server, data: Path) -> None:
    """The browser gives no more room: the person is told, nothing is half written, and with room again it works."""
    page = phone.new_page()
    allow(phone, page, server, 4_000_000)
    sign_in(page, server)
    phone.set_offline(True)
    promise(page, server)
    page.evaluate(FILL)
    press(page, "Xác nhận chữ ký")
    expect(page.get_by_text("Máy hết chỗ nên chưa lưu được").first).to_be_visible()
    where = page.url
    page.goto(f"{server.url}/app/sync")
    expect(page.get_by_text("Không còn gì chờ gửi")).to_be_visible()
    page.evaluate(EMPTY)
    page.goto(where)
    finish(page)
    one_waits(page, server)
    phone.set_offline(False)
    everything_is_sent(page, server)
    assert arrived(data) == [KARAOKE]


def test_photos_that_are_safe_make_room_for_new_work(phone: BrowserContext, server: Server, data: Path) -> None:
    """Near the quota what a verified backup of the office holds goes first; the record stays, and new work is taken."""
    page = phone.new_page()
    allow(phone, page, server, 8_000_000)
    sign_in(page, server)
    promise(page, server)
    photograph(page)
    photograph(page)
    finish(page)
    everything_is_sent(page, server)
    with database.opened(data) as db, database.write(db) as tx:
        history.set_state(tx, "safe", str(history.head(db)[0]))
    page.reload()
    while page.evaluate(ROWS, "state")[0]["safe"] == 0:
        page.wait_for_timeout(50)
    assert photos(page) == 2
    page.evaluate(FILL)
    promise(page, server, HOTEL)
    photograph(page)
    finish(page)
    everything_is_sent(page, server)
    assert photos(page) == 1
    page.goto(f"{server.url}/app/places")
    page.get_by_role("link", name=re.compile(KARAOKE)).click()
    page.get_by_role("link", name=re.compile("cam kết", re.IGNORECASE)).first.click()
    expect(page.get_by_text("Nguyễn Văn Mẫu (chủ cơ sở)")).to_be_visible()
    shots = page.locator(".shot")
    expect(shots.locator("img")).to_have_count(2)  # the whole ones have gone; what they showed is still to be seen
    shots.first.click()
    expect(page.get_by_text("Ảnh thu nhỏ")).to_be_visible()
    assert all(len(bytes(thumb)) < 15_000 for thumb in page.evaluate(THUMBS))
    assert sorted(arrived(data)) == sorted([KARAOKE, HOTEL])


def photograph(page: Page) -> None:
    """The copy signed on paper."""
    picture: Any = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    page.locator("input[type=file]").nth(1).set_input_files(files=[picture])
    before = page.locator(".shot img").count()
    press(page, "Dùng ảnh")
    expect(page.locator(".shot img")).to_have_count(before + 1, timeout=SOON_MS)


def photos(page: Page) -> int:
    return sum(file["type"] == "image/jpeg" for file in page.evaluate(ROWS, "files"))


ROWS = """async store => {
  const {name} = (await indexedDB.databases()).find(({name}) => name.startsWith('fieldapp-'))
  const db = await new Promise(done => {
    const opening = indexedDB.open(name)
    opening.onsuccess = () => done(opening.result)
  })
  const rows = await new Promise(done => {
    const all = db.transaction(store).objectStore(store).getAll()
    all.onsuccess = () => done(all.result)
  })
  db.close()
  return rows
}"""


THUMBS = f"async () => (await ({ROWS})('thumbs')).map(({{sealed}}) => [...new Uint8Array(sealed)])"


def allow(phone: BrowserContext, page: Page, server: Server, size_bytes: int) -> None:
    """Bounds what the browser stores. Before the app opens: a database goes on with the room it was promised."""
    page.goto(f"{server.url}/manifest.webmanifest")
    asked = {"origin": server.url, "quotaSize": size_bytes}
    phone.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", asked)


BALLAST = """
  const db = await new Promise((done, failed) => {
    const opening = indexedDB.open('ballast', 1)
    opening.onupgradeneeded = () => opening.result.createObjectStore('stones', {autoIncrement: true})
    opening.onsuccess = () => done(opening.result)
    opening.onerror = failed
  })
  const write = work => new Promise(done => {
    const tx = db.transaction('stones', 'readwrite')
    work(tx.objectStore('stones'))
    tx.oncomplete = () => done(true)
    tx.onabort = () => done(false)
  })
"""
FILL = f"""async () => {{{BALLAST}
  for (const bytes of [1_000_000, 100_000, 10_000, 1_000, 100]) {{
    const stone = Uint8Array.from({{length: bytes}}, () => Math.random() * 256)
    while (await write(stones => stones.add(stone)));
  }}
  db.close()
}}"""
EMPTY = f"async () => {{{BALLAST} await write(stones => stones.clear()); db.close() }}"


def test_a_token_that_ends_in_the_middle_of_a_round(phone: BrowserContext, server: Server, data: Path) -> None:
    page = phone.new_page()
    sign_in(page, server)
    phone.set_offline(True)
    promise(page, server)
    finish(page)

    def the_token_ends(route: Route) -> None:
        with database.opened(data) as db, database.write(db) as tx:
            (binh,) = (account for account in people.accounts(db) if account.username == "binh")
            for device in people.devices(db):
                people.enrol(tx, binh, device=device["id"], device_name="")
        route.continue_()

    phone.route("**/sync/v1/push", the_token_ends, times=1)
    phone.set_offline(False)
    one_waits(page, server)
    page.get_by_role("link", name="Đăng nhập", exact=True).click()
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    press(page, "Đăng nhập")
    expect(page.get_by_role("link", name=re.compile(KARAOKE))).to_be_visible(timeout=SOON_MS)
    everything_is_sent(page, server)
    assert arrived(data) == [KARAOKE]


class Portal(BaseHTTPRequestHandler):
    """A café's Wi-Fi: whatever is asked for, it says 200 and shows its own page."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        page = b"<!doctype html><title>Wi-Fi</title><h1>Welcome to FreeWifi</h1>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    do_POST = do_PUT = do_GET  # noqa: N815  the library's names

    def log_message(self, *_args: Any) -> None:
        pass


@contextmanager
def captive_portal(server: Server) -> Iterator[None]:
    """In place of the office's server, at its address."""
    server.kill()
    portal = ThreadingHTTPServer(("127.0.0.1", server.port), Portal)
    threading.Thread(target=portal.serve_forever, daemon=True).start()
    yield
    portal.shutdown()
    portal.server_close()
    server.start()


def test_a_captive_portal_says_200_to_everything(phone: BrowserContext, server: Server, data: Path) -> None:
    page = phone.new_page()
    sign_in(page, server)
    with captive_portal(server):
        page.reload()
        ready(page)
        promise(page, server)
        finish(page)
        one_waits(page, server)
        expect(page.get_by_text("đăng nhập Wi-Fi").or_(page.get_by_text("Wi-Fi")).first).to_be_visible()
    everything_is_sent(page, server)
    assert arrived(data) == [KARAOKE]


WATCH_DATABASES = """
  const open = indexedDB.open.bind(indexedDB)
  window.databases = []
  IDBFactory.prototype.open = (...told) => {
    const request = open(...told)
    request.addEventListener('success', () => window.databases.push(request.result))
    return request
  }
"""


def test_a_database_closed_under_the_app(phone: BrowserContext, server: Server) -> None:
    """As iOS does with an app in the background: the next tap is kept all the same."""
    phone.add_init_script(WATCH_DATABASES)
    page = phone.new_page()
    sign_in(page, server)
    open_establishment(page)
    begin(page)
    answer(page, "A01", "dat")
    page.evaluate("() => window.databases.forEach(database => database.close())")
    answer(page, "A02", "khong_dat")
    page.get_by_label("Ghi rõ tồn tại").fill("Chưa xuất trình bản gốc.")
    expect(page.get_by_text("Đã lưu trên máy").first).to_be_visible()
    page.wait_for_timeout(300)
    page.reload()
    ready(page)
    expect(page.locator("#a-A01-dat")).to_be_checked()
    expect(page.get_by_label("Ghi rõ tồn tại")).to_have_value("Chưa xuất trình bản gốc.")


def test_another_tab_runs_a_newer_app(phone: BrowserContext, server: Server) -> None:
    """Its upgrade goes through; this one says what to press instead of losing taps."""
    page = phone.new_page()
    sign_in(page, server)
    open_establishment(page)
    begin(page)
    answer(page, "A01", "dat")
    page.evaluate(
        """async () => {
          const found = (await indexedDB.databases()).filter(({name}) => name.startsWith('fieldapp-'))
          for (const {name} of found) await new Promise((done, failed) => {
            const opening = indexedDB.open(name, 1000)
            opening.onsuccess = () => { opening.result.close(); done() }
            opening.onerror = failed
          })
        }"""
    )
    answer(page, "A02", "dat")
    expect(page.get_by_text("Chưa lưu: hãy mở lại ứng dụng")).to_be_visible()
    expect(page.locator("#a-A02-dat")).to_be_checked()


OLD_APP = (Path(__file__).parent / "database_v1.js").read_text(encoding="utf-8")


def test_a_database_of_the_first_release(phone: BrowserContext, server: Server, data: Path) -> None:
    """What an app of the first release had signed and not sent arrives through today's."""
    with database.opened(data) as db, database.write(db) as tx:
        (binh,) = (account for account in people.accounts(db) if account.username == "binh")
        token = people.enrol(tx, binh, device=making.DEVICE, device_name="Máy cũ")
        place = next(place for place in establishments.every(db) if place.name == KARAOKE)
    page = phone.new_page()
    page.goto(f"{server.url}/manifest.webmanifest")
    page.evaluate(OLD_APP, {"token": token, "device": making.DEVICE, "account": binh.id, "establishment": place.id})
    everything_is_sent(page, server)
    assert arrived(data) == [KARAOKE]


def test_a_new_build_in_the_middle_of_an_inspection(phone: BrowserContext, builds: Builds, data: Path) -> None:
    """The old page keeps working from what it had, the draft stays, and the update is offered when there is time."""
    server = Server(data, builds.code)
    try:
        page = phone.new_page()
        sign_in(page, server)
        open_establishment(page)
        begin(page)
        answer(page, "A01", "dat")
        builds.arrives(page)
        answer(page, "A02", "dat")
        press(page, "Xem lại và ký")
        expect(page.get_by_text("Cập nhật", exact=True)).to_have_count(0)
        page.go_back()
        press(page, "Quay lại")
        press(page, "Quay lại")
        update = page.get_by_role("button", name="Cập nhật", exact=True)
        expect(update).to_be_visible()
        page.evaluate("() => { ServiceWorker.prototype.postMessage = () => {}; window.old = true }")
        update.click()  # the old worker does not make way: a new page offers it again
        page.wait_for_function("() => !window.old")
        expect(update).to_be_visible()
        builds.let_in(page)  # by another tab; the button of this one still does what it says
        update.click()
        expect(page.get_by_role("link", name="Việc hôm nay")).to_be_visible(timeout=SOON_MS)
        page.get_by_role("link", name=re.compile(KARAOKE)).first.click()
        press(page, "Làm tiếp")
        expect(page.locator("#a-A02-dat")).to_be_checked()
    finally:
        server.stop()
