"""Photos on the phone: looked at, covered with a finger, small and without a trace of where they were taken."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.server import Server
from tests.browser.test_journey import SOON_MS, answer, begin, open_establishment, photo, press, sign_in

KEPT = """async () => {
  const {name} = (await indexedDB.databases()).find(({name}) => name.startsWith('fieldapp-'))
  const db = await new Promise(done => {
    const opening = indexedDB.open(name)
    opening.onsuccess = () => done(opening.result)
  })
  const rows = await new Promise(done => {
    const all = db.transaction('blobs').objectStore('blobs').getAll()
    all.onsuccess = () => done(all.result)
  })
  db.close()
  const text = bytes => btoa(Array.from(new Uint8Array(bytes), byte => String.fromCharCode(byte)).join(''))
  return rows.map(({sealed}) => [sealed instanceof ArrayBuffer, text(sealed)])
}"""


def kept(page: Page) -> list[Image.Image]:
    """Every picture in the phone's database, in whatever state."""
    rows = page.evaluate(KEPT)
    assert all(as_bytes for as_bytes, _content in rows), "old iOS loses blobs"
    return [Image.open(io.BytesIO(base64.b64decode(content))) for _as_bytes, content in rows]


def take(page: Page, count: int = 1) -> None:
    """The camera hands over photos of 2400 × 1800, turned by their EXIF."""
    pictures: Any = [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": photo()} for n in range(count)]
    page.locator("input[type=file]").nth(1).set_input_files(files=pictures)
    expect(page.get_by_role("heading", name="Che người trong ảnh")).to_be_visible(timeout=SOON_MS)


def to_the_photos(page: Page, server: Server) -> None:
    sign_in(page, server)
    open_establishment(page)
    begin(page)
    answer(page, "C04", "khong_dat")


def brush(page: Page, *way: tuple[float, float]) -> None:
    """Draws with a finger, from part to part of the canvas's room."""
    room = page.locator(".cover__pic").bounding_box()
    assert room
    x, y, width, height = room["x"], room["y"], room["width"], room["height"]
    start, *rest = [(x + across * width, y + down * height) for across, down in way]
    page.mouse.move(*start)
    page.mouse.down()
    for point in rest:
        page.mouse.move(*point, steps=8)
    page.mouse.up()


def is_covered(picture: Image.Image, across: float, down: float) -> bool:
    """The test's photo is grey noise around 128; what is covered is dark and even."""
    x, y = int(across * picture.width), int(down * picture.height)
    spot = picture.convert("L").crop((x - 8, y - 8, x + 8, y + 8))
    darkest, lightest = spot.getextrema()
    return lightest < 70 and lightest - darkest < 20  # type: ignore[operator]


def test_what_a_finger_has_covered_is_gone_before_anything_is_stored(phone: BrowserContext, server: Server) -> None:
    page = phone.new_page()
    to_the_photos(page, server)
    take(page)
    assert kept(page) == []
    brush(page, (0.3, 0.5), (0.7, 0.5))
    press(page, "Nét to")
    brush(page, (0.5, 0.2), (0.5, 0.25))
    page.get_by_role("button", name="Hoàn tác").click()
    press(page, "Dùng ảnh")
    expect(page.locator("fieldset", has=page.locator("#a-C04-khong_dat")).locator("img")).to_be_visible(timeout=SOON_MS)
    (picture,) = kept(page)
    assert picture.size == (1200, 1600)
    assert not picture.getexif()
    assert is_covered(picture, 0.5, 0.5)
    assert not is_covered(picture, 0.5, 0.8)
    assert not is_covered(picture, 0.5, 0.2)


def test_several_photos_of_which_one_is_left_out(phone: BrowserContext, server: Server) -> None:
    page = phone.new_page()
    to_the_photos(page, server)
    take(page, 3)
    press(page, "Dùng ảnh")
    expect(page.get_by_text("2/3")).to_be_visible(timeout=SOON_MS)
    expect(page.locator("#app")).not_to_contain_text("Bỏ ảnh")  # beside the page, which no key reaches meanwhile
    for _ in range(20):
        page.keyboard.press("Tab")
        assert page.evaluate("() => !document.activeElement.closest('#app')")
    page.keyboard.press("Escape")
    expect(page.get_by_text("3/3")).to_be_visible(timeout=SOON_MS)
    press(page, "Giấy tờ")
    press(page, "Dùng ảnh")
    shots = page.locator("fieldset", has=page.locator("#a-C04-khong_dat")).locator(".shot img")
    expect(shots).to_have_count(2, timeout=SOON_MS)
    shots.first.click()
    press(page, "Bỏ ảnh")
    expect(shots).to_have_count(1)
    press(page, "Hoàn tác")
    expect(shots).to_have_count(2)


def test_without_a_connection_the_page_does_not_do_the_workers_work(phone: BrowserContext, server: Server) -> None:
    phone.add_init_script(
        "HTMLImageElement.prototype.decode = function () { window.onThePage = true; return Promise.resolve() }"
    )
    page = phone.new_page()
    to_the_photos(page, server)
    phone.set_offline(True)
    take(page)
    assert not page.evaluate("() => window.onThePage")


@pytest.mark.parametrize("missing", ["OffscreenCanvas", "Worker"])
def test_a_browser_that_can_only_draw_on_the_page(phone: BrowserContext, server: Server, missing: str) -> None:
    phone.add_init_script(f"delete globalThis.{missing}")
    page = phone.new_page()
    to_the_photos(page, server)
    take(page)
    press(page, "Dùng ảnh")
    expect(page.locator(".shot img")).to_be_visible(timeout=SOON_MS)
    (picture,) = kept(page)
    assert picture.size == (1200, 1600)
    assert not picture.getexif()
