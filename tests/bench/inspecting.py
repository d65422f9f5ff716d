"""Within an inspection on the slowed phone: touches of a finger and keys, as the browser itself gets them.

A figure runs from the browser's own time of the event (the finger leaves, a key goes down) until the page has painted
what it changes: the browser's way to the element, the app's work, style, layout and paint are all in it. What came of
it is asked for long after the paint, so that asking takes no time of the page. The figures of photos are the page's
longest task while five of twelve megapixels are chosen and made small, looked at, and kept.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

FINGER_S, REST_S = 0.06, 0.45
ANSWERS, RESTS, SECTIONS, PHOTOS = 24, 20, 24, 5
NOTE = "02 bình chữa cháy ở tầng 2 hết hạn"


class Finger:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.session = page.context.new_cdp_session(page)

    def touches(self, selector: str, nth: int = 0, shown: str = "() => true") -> float:
        """Touches the nth of these. shown: what the element must be told by once it is painted. Returns ms."""
        aimed = f"([what, n]) => bench.aim(what, n, {shown})"
        x, y = self.page.evaluate(aimed, [selector, nth])
        time.sleep(REST_S)
        at = [{"x": x, "y": y}]
        self.session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": at})
        time.sleep(FINGER_S)
        self.session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        time.sleep(REST_S)
        for _ in range(10):
            took = float(self.page.evaluate("() => bench.took"))
            if took >= 0:
                return took
            time.sleep(REST_S)
        raise AssertionError(f"{selector} {nth}: not shown")

    def types(self, words: str) -> list[float]:
        """Into the field that has the cursor. Returns ms for each key."""
        self.page.evaluate("() => bench.watchKeys()")
        for letter in words:
            self.session.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": letter, "key": letter})
            self.session.send("Input.dispatchKeyEvent", {"type": "keyUp", "key": letter})
            time.sleep(REST_S / 3)
        keys = self.page.evaluate("() => bench.keys")
        assert len(keys) == len(words)
        return [float(key) for key in keys]


def measured(page: Page) -> Iterator[tuple[str, Sequence[float]]]:
    """What was done over and over, and how long each took."""
    finger = Finger(page)
    answers = ".seg label[for$='-dat']"
    yield "an answer", [finger.touches(answers, n, "label => label.control.checked") for n in range(ANSWERS)]
    words = "label => document.activeElement.id === 'n-' + label.closest('.item').id.slice(5)"
    yield "“không đạt”", [finger.touches(".seg label[for$='-khong_dat']", n, words) for n in range(ANSWERS)]
    yield "a key of a note", finger.types(NOTE)
    yield "the next section", [finger.touches(".tab", n % page.locator(".tab").count()) for n in range(SECTIONS)]


def rests(page: Page) -> list[float]:
    """The rest of each section of a new inspection; after each, the touch that takes it back."""
    finger = Finger(page)
    spent = []
    for n in range(RESTS):
        sections = page.locator(".rest button").count()
        spent.append(finger.touches(".rest button", n % sections, "button => !button.isConnected"))
        finger.touches(".toast button")
    return spent


def photos(page: Page, folder: Path) -> Iterator[tuple[str, float]]:
    """The longest task of the page, 0 where none takes 50 ms."""
    finger = Finger(page)
    finger.touches(".seg label[for$='-khong_dat']", 0)
    page.evaluate("() => bench.watchTasks()")
    shrinking, keeping = [0.0], [0.0]
    for n in range(PHOTOS):
        file = folder / f"photo{n}.jpg"
        Image.effect_noise((4000, 3000), 12).convert("RGB").save(file, "JPEG", quality=85)
        page.locator("#bench-photo").set_input_files(file)
        time.sleep(1)
        shrinking += page.evaluate("() => bench.choose()")
        finger.touches(".cover .btn")
        keeping += page.evaluate("n => bench.kept(n)", n + 1)
    yield "making a photo small", max(shrinking)
    yield "keeping it", max(keeping)
