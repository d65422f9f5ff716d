"""The phone's list with every establishment in it, on a processor slowed down six times, without network."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.bench.line import line
from tests.bench.office import PASSWORD
from tests.browser import chromium
from tests.browser.server import Server

SLOWER = 6
BUDGET_KB = 60
FRAME_MS = 1000 / 60
DIST = Path(__file__).parents[2] / "fieldapp" / "static" / "dist"
WHEN_READY = """
  const ready = () => document.documentElement.dataset.ready === '1' && document.querySelector('a.row')
  new MutationObserver((_, observer) => {
    if (ready()) { observer.disconnect(); requestAnimationFrame(() => { window.readyAt = performance.now() }) }
  }).observe(document, {subtree: true, childList: true, attributes: true})
"""
RAW_READ = """async () => {
  const found = (await indexedDB.databases()).map(({name}) => name)
  const started = performance.now()
  for (const name of found) {
    const db = await new Promise((done, failed) => {
      const opening = indexedDB.open(name); opening.onsuccess = () => done(opening.result); opening.onerror = failed })
    for (const store of db.objectStoreNames) {
      await new Promise(done => { db.transaction(store).objectStore(store).getAll().onsuccess = done })
    }
    db.close()
  }
  return performance.now() - started
}"""
TYPE = """async word => {
  const field = document.querySelector('input[type=search]')
  const spent = []
  for (let n = 1; n <= word.length; n++) {
    const started = performance.now()
    field.value = word.slice(0, n)
    field.dispatchEvent(new InputEvent('input', {bubbles: true}))
    await new Promise(done => requestAnimationFrame(() => {
      const painted = new MessageChannel(); painted.port1.onmessage = done; painted.port2.postMessage(0) }))
    spent.push(performance.now() - started)
  }
  return spent
}"""
TAP = """async () => {
  const spent = []
  for (const label of document.querySelectorAll(".seg label[for$='-dat'], .seg label[for$='-khong_ap_dung']")) {
    const started = performance.now()
    label.click()
    await new Promise(done => requestAnimationFrame(() => {
      const painted = new MessageChannel(); painted.port1.onmessage = done; painted.port2.postMessage(0) }))
    spent.push(performance.now() - started)
    await new Promise(done => setTimeout(done, 120))
  }
  return spent
}"""
SCROLL = """async () => {
  const gaps = []
  let last = performance.now()
  for (let n = 0; n < 150; n++) {
    window.scrollBy(0, 300)
    await new Promise(done => requestAnimationFrame(done))
    gaps.push(performance.now() - last)
    last = performance.now()
  }
  return gaps.slice(5)
}"""


def measure(folder: Path) -> Iterator[str]:
    weight = sum(len(gzip.compress(file.read_bytes(), 9)) for file in needed())
    what, kb = "client JS + CSS needed to start, gzip", weight / 1024
    yield f"{what:<40} {kb:>9.1f} KB   {'budget':>12} {BUDGET_KB:>7} KB  {kb / BUDGET_KB:>6.2f} ×   < 1"
    server = Server(folder / "commune")
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=chromium.find(), args=chromium.ARGUMENTS)
            size: Any = {"width": 360, "height": 740}
            context = browser.new_context(viewport=size, locale="vi-VN")
            yield from on(context, server)
            browser.close()
    finally:
        server.stop()


def needed() -> list[Path]:
    """The files a phone must run before the list shows; other parts come when the first screen stands."""
    assets = json.loads((DIST / "assets.json").read_text(encoding="utf-8"))
    return [DIST / name for name in (assets["js"], assets["css"], *assets["parts"])]


def on(context: BrowserContext, server: Server) -> Iterator[str]:
    context.add_init_script(WHEN_READY)
    enrol(context.new_page(), server)
    context.set_offline(True)
    opened = []
    for _ in range(5):
        page = slowed(context)
        opened.append(open_ms(page, server))
        page.close()
    opened.sort()
    page = slowed(context)
    open_ms(page, server)
    page.wait_for_timeout(3000)  # what is prepared after the first screen is done
    raw = page.evaluate(RAW_READ)
    yield line("phone: cold offline open to the list", opened[2], "read the store", raw, "< 1,000 ms")
    spent = sorted(page.evaluate(TYPE, "khach san minh hoa 12") + page.evaluate(TYPE, "duong thu nghiem 7"))
    yield line(
        "phone: a key of the search, 95th of 100", spent[int(len(spent) * 0.95)], "one frame", FRAME_MS, "< 50 ms"
    )
    page.evaluate(TYPE, " ")
    gaps = sorted(page.evaluate(SCROLL))
    yield line(
        "phone: a frame of scrolling, 95th of 100", gaps[int(len(gaps) * 0.95)], "one frame", FRAME_MS, "no stutter"
    )
    taps = sorted(answers(page))
    yield line(
        "phone: an answer from tap to paint, 95th of 100", taps[int(len(taps) * 0.95)], "one frame", FRAME_MS, "< 50 ms"
    )


def answers(page: Page) -> list[float]:
    """Milliseconds from the tap to the painted answer, of every item of a checklist, twice."""
    page.evaluate("() => scrollTo(0, 0)")
    page.locator("a.row").first.click()
    page.get_by_role("button", name="Bắt đầu kiểm tra").click()
    page.get_by_role("button", name="Bắt đầu", exact=True).click()
    page.locator("[data-section]").first.wait_for()
    return list(page.evaluate(TAP))


def enrol(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/app")
    page.get_by_label("Tên đăng nhập").fill("binh")
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    page.locator("a.row").first.wait_for(timeout=60_000)
    page.evaluate("() => navigator.serviceWorker.ready.then(() => 1)")
    page.get_by_text("Đã gửi hết").wait_for(timeout=120_000)
    page.close()


def slowed(context: BrowserContext) -> Page:
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return page


def open_ms(page: Page, server: Server) -> float:
    page.goto(f"{server.url}/app/places")
    page.wait_for_function("() => window.readyAt")
    return float(page.evaluate("() => window.readyAt"))
