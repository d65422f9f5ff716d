"""The phone with five thousand establishments, on a processor slowed down six times: from cold start to signature.

Every figure stands beside what nothing could beat in the same browser in the same minute: an empty page's cold start,
the next paint, a bare transaction, the link's own time. Only the first pull has a network: that of a usual commune
with its signed records (P6 of the sync contract's design), and that of the large one.

A tap is timed from its event, when the finger leaves, to the end of the first frame that paints what was asked for: of
another screen its head and its first screenful, with no room kept for what is still to be drawn. Where the rest follows
out of sight, "whole" is when all of it stands. What is opened for the first time is told apart from what was opened
before; each figure is the 95th percentile of at least twenty taps.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Page, Playwright, sync_playwright

from tests.bench import inspecting
from tests.bench.line import line
from tests.bench.office import PASSWORD
from tests.bench.rows import ESTABLISHMENTS, STEMS
from tests.bench.wire import inspection
from tests.browser import chromium
from tests.browser.server import Server
from tests.cast import PASSWORD as CAST_PASSWORD
from tests.phones import WireOp, add_establishment, copy_commune, found_commune, wire_op

SLOWER = 6
BUDGET_KB = 60
LINK_BYTES_S, LINK_LATENCY_MS = 200_000, 150  # 1,6 Mbit/s
COLD_STARTS, SIGNATURES, TAPS = 5, 20, 20
BROWSER_REST_S = (
    3  # a Chromium for desks begins with pages for its address bar, hundreds of scripts that no phone loads
)
PLACES, RECORDS = 500, 5_000
AIMS = {PLACES: "< 3,000 ms"}
SCREEN: Any = {"width": 360, "height": 740}
EMPTY = "data:text/html,<p>x"
FIRST_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
READY = "() => document.documentElement.dataset.ready === '1' && document.querySelector('a.row') !== null"
SHOWN = """([where, text]) => new Promise((shown, never) => {
  const isIt = one => one.textContent.replace(/\\s+/g, ' ').trim() === text
  const look = () => {
    if (![...document.querySelectorAll(where)].some(isIt)) return
    watching.disconnect()
    requestAnimationFrame(() => setTimeout(shown))
  }
  const watching = new MutationObserver(look)
  watching.observe(document, {subtree: true, childList: true, characterData: true})
  setTimeout(never, 300_000, `${text}: not shown in five minutes`)
  look()
})"""
"""Until it is on the screen. Nobody asks meanwhile, which would take the phone's time and see it half a second late."""
DIST = Path(__file__).parents[2] / "fieldapp" / "static" / "dist"
PAGE = Path(__file__).parent / "phone_page.js"


def measure(folder: Path) -> Iterator[str]:
    kb = sum(len(gzip.compress(file.read_bytes(), 9)) for file in needed()) / 1024
    yield (
        f"{'client JS + CSS needed to start, gzip':<40} {kb:>9.1f} KB   {'budget':>12} {BUDGET_KB:>7} KB  "
        f"{kb / BUDGET_KB:>6.2f} ×   < 1"
    )
    server = Server(folder / "commune")
    try:
        with sync_playwright() as play:
            yield from small_commune(play, folder)
            yield from first_pull(play, folder / "phone", server, ESTABLISHMENTS, PASSWORD)
            yield from cold_starts(play, folder / "phone", server)
            with opened(play, folder / "phone") as context:
                context.add_init_script(path=PAGE)
                page = slowed(context)
                page.goto(f"{server.url}/app")
                page.locator("a.row").first.wait_for()
                page.wait_for_timeout(4000)  # what is prepared after the first screen is done
                yield from in_use(page, folder)
    finally:
        server.stop()


def needed() -> list[Path]:
    """The files a phone must run before the list shows; other parts come when the first screen stands."""
    assets = json.loads((DIST / "assets.json").read_text(encoding="utf-8"))
    return [DIST / name for name in (assets["js"], assets["css"], *assets["parts"])]


def opened(play: Playwright, profile: Path, *, offline: bool = True) -> BrowserContext:
    """A browser process of its own over a kept profile."""
    return play.chromium.launch_persistent_context(
        profile, executable_path=chromium.find(), args=chromium.ARGUMENTS, viewport=SCREEN, locale="vi-VN",
        offline=offline, has_touch=True,
    )  # fmt: skip


def slowed(context: BrowserContext) -> Page:
    page = context.pages[0]
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return page


def p95(spent: Sequence[float]) -> float:
    return sorted(spent)[int(len(spent) * 0.95)]


# ---- cold ----


def cold_starts(play: Playwright, profile: Path, server: Server) -> Iterator[str]:
    """From a browser that was not running to the first paint of the list, beside the first paint of an empty page."""
    empty, app = [], []
    for _ in range(COLD_STARTS):
        empty.append(first_paint(play, profile, EMPTY, "() => true"))
        app.append(first_paint(play, profile, f"{server.url}/app", READY))
    yield line(
        "phone: cold offline start to the list", statistics.median(app),
        "empty page", statistics.median(empty), "< 1,000 ms",
    )  # fmt: skip


def first_paint(play: Playwright, profile: Path, address: str, ready: str) -> float:
    with opened(play, profile) as context:
        time.sleep(BROWSER_REST_S)
        page = slowed(context)
        page.goto(address, wait_until="commit")
        while not (page.evaluate(ready) and page.evaluate(FIRST_PAINT)):
            time.sleep(0.1)
        return float(page.evaluate(FIRST_PAINT))


# ---- the first pull ----


class Link:
    """A weak signal, and what came over it."""

    def __init__(self, session: CDPSession) -> None:
        self.bytes = 0
        session.on("Network.loadingFinished", self.count)
        session.send("Network.enable")
        session.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": LINK_LATENCY_MS, "downloadThroughput": LINK_BYTES_S,
             "uploadThroughput": LINK_BYTES_S},
        )  # fmt: skip

    def count(self, told: dict[str, Any]) -> None:
        self.bytes += int(told["encodedDataLength"])

    @property
    def floor_ms(self) -> float:
        """What so many bytes take, asked for once."""
        return self.bytes / LINK_BYTES_S * 1000 + LINK_LATENCY_MS


def small_commune(play: Playwright, folder: Path) -> Iterator[str]:
    """P6: what an inspector's first pull brings of a usual commune after two years."""
    found_commune(folder / "founded")
    commune = copy_commune(folder / "founded", folder / "usual")
    with commune.writing() as tx:
        places = [add_establishment(tx, n, name=f"{STEMS[n % 5]} {n:03d}").id for n in range(3, PLACES + 1)]
    phone = commune.phone("hoa")
    ops = [signed(inspection(n, places, phone, commune), n) for n in range(RECORDS)]
    for n in range(0, RECORDS, 50):
        assert phone.push(*ops[n : n + 50]).status_code == 200
    server = Server(folder / "usual")
    try:
        yield from first_pull(play, folder / "usual-phone", server, PLACES, CAST_PASSWORD)
    finally:
        server.stop()


def signed(body: dict[str, Any], n: int) -> WireOp:
    """With pictures and words of its own, which no packing makes small."""
    names = [hashlib.sha256(f"{n} {nth}".encode()).hexdigest() for nth in range(3)]
    for signature, name in zip(body["signatures"], names[1:], strict=True):
        signature.update(file=name, name=f"Nguyễn Văn Mẫu {n % 900}")
    body["photos"] = {names[0]: {"class": "document", "taken_at": f"2026-11-21T09:{n % 60:02d}:{n % 59:02d}+07:00"}}
    for item, answer in body["answers"].items():
        if answer["a"] == "khong_dat":
            answer.update(note=f"Mục {item} còn thiếu {n % 37} giấy tờ, số {n * 7919 % 10_007}", files=[names[0]])
    return wire_op("inspection", body, files=names)


def first_pull(play: Playwright, profile: Path, server: Server, places: int, password: str) -> Iterator[str]:
    """places: with so many on the list the phone is usable."""
    with opened(play, profile, offline=False) as context:
        page = slowed(context)
        page.goto(f"{server.url}/app")
        page.evaluate("() => navigator.serviceWorker.ready.then(() => 1)")
        page.get_by_label("Tên đăng nhập").fill("binh")
        page.get_by_label("Mật khẩu", exact=True).fill(password)
        link = Link(context.new_cdp_session(page))
        start = time.perf_counter()
        page.get_by_role("button", name="Đăng nhập", exact=True).click()
        everyone = f"Tất cả {places:,}".replace(",", ".")
        page.evaluate(SHOWN, [".chips button", everyone])
        usable_ms, usable_floor_ms = (time.perf_counter() - start) * 1000, link.floor_ms
        page.evaluate(SHOWN, [".saved__wait", "Đã gửi hết"])
        whole_ms = (time.perf_counter() - start) * 1000
        page.wait_for_timeout(10_000)  # the list is packed once the phone is at rest
        yield line(
            f"phone: first pull, {places:,} places, usable",
            usable_ms,
            "the link",
            usable_floor_ms,
            AIMS.get(places, ""),
        )
        yield line(f"phone: first pull, {places:,} places, all", whole_ms, "the link", link.floor_ms, "1,1 ×")


# ---- in use ----


def in_use(page: Page, folder: Path) -> Iterator[str]:
    paint = statistics.median(page.evaluate("() => bench.nothing()"))

    def told(what: str, spent: Sequence[float], aim: str = "< 50 ms") -> str:
        return line(f"phone: {what}, 95th", p95(spent), "next paint", paint, aim)

    page.evaluate("word => bench.type(word)", "nha")  # warm
    spent = page.evaluate("word => bench.type(word)", "khach san minh hoa 12")
    yield told("a key of the search", spent + page.evaluate("word => bench.type(word)", "duong thu nghiem 7"))
    page.evaluate("() => bench.type(' ')")
    yield told("a frame of scrolling", page.evaluate("() => bench.scroll()"), "< 33 ms")
    page.evaluate("() => scrollTo(0, 0)")
    ways = page.evaluate("() => bench.establishments()")
    yield told("list to establishment, first time", ways["first"])
    yield told("list to establishment, again", ways["again"])
    yield told("back to the list", ways["back"])
    yield told("to the sync screen", page.evaluate("() => bench.toSync()"))
    begin(page)
    yield told("the rest of a section", inspecting.rests(page))
    for what, spent in inspecting.measured(page):
        yield told(what, spent)
    for what, longest in inspecting.photos(page, folder):
        yield line(f"phone: longest task of {what}", longest, "a long one", 50, "none (0)")
    page.evaluate("() => history.back()")
    page.locator(".head").wait_for()
    ways = page.evaluate("() => bench.inspections()")
    yield told("establishment to its inspection", ways["there"])
    yield told("the whole checklist", ways["whole"], "")
    yield told("back to the establishment", ways["back"])
    yield from signing(page)
    to_list(page)
    ways = page.evaluate("codes => bench.begins(codes)", [f"CS-{n}" for n in range(3000, 3000 + 37 * TAPS, 37)])
    yield told("establishment to a new visit", ways["start"])
    yield told("a new visit to its checklist", ways["checklist"])
    yield told("back from a begun visit", ways["back"])
    yield line("phone: everything it holds", page.evaluate("() => bench.readAll()"), "one frame", 1000 / 60, "")


def begin(page: Page) -> None:
    """By the page itself: a click of the driver leaves its listeners there, which every later touch goes through."""
    page.evaluate("() => bench.beginVisit()")
    page.wait_for_function("() => document.querySelector('[data-room]') === null")
    page.wait_for_timeout(500)


def to_list(page: Page) -> None:
    page.evaluate("() => { history.pushState(null, '', '/app'); dispatchEvent(new PopStateEvent('popstate')) }")
    page.locator("a.row").first.wait_for()


def signing(page: Page) -> Iterator[str]:
    """The transaction in which a visit to a closed door is signed, beside one that writes as much and nothing else."""
    to_list(page)
    page.evaluate("times => bench.signs(times)", SIGNATURES)
    bare = page.evaluate("times => bench.bareStrict(times)", 5 * SIGNATURES)
    spent = page.evaluate("() => bench.signings")
    assert len(spent) == SIGNATURES
    middle, of_bare = statistics.median(spent), statistics.median(bare)
    yield line("phone: signing, the middle of 20", middle, "bare, middle", of_bare, "< 20 ms")
    yield line("phone: signing, the slowest of 20", max(spent), "bare, slowest", max(bare), "< 20 ms")
