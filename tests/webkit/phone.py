"""A phone with the engine of iPhones, and what a person does with it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service
from selenium.webdriver.webkitgtk.webdriver import WebDriver

SYSTEM_PYTHON = Path("/usr/bin/python3")
NAME = "phone"  # as window.py calls itself
WINDOW = Path(__file__).parent / "window.py"
PACKAGES = "webkit2gtk-driver gir1.2-webkit2-4.1 python3-gi xvfb"
SOON_S = 20


def lacking() -> str:
    """What the machine lacks for this, in words; empty when it has everything."""
    absent = [name for name in ("WebKitWebDriver", "Xvfb") if shutil.which(name) is None]
    if not absent:
        asked = [SYSTEM_PYTHON, "-c", "import gi; gi.require_version('WebKit2', '4.1')"]
        if subprocess.run(asked, capture_output=True, check=False).returncode:
            absent = ["WebKit2 4.1 for Python"]
    return f"{', '.join(absent)} missing; on Debian: apt install {PACKAGES}" if absent else ""


@contextmanager
def screen() -> Iterator[None]:
    """A display of its own, on which nobody looks."""
    told, tell = os.pipe()
    command = ["Xvfb", "-displayfd", str(tell), "-screen", "0", "1400x1400x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[tell], stderr=subprocess.DEVNULL)
    before = os.environ.get("DISPLAY")
    try:
        os.environ["DISPLAY"] = f":{os.read(told, 16).decode().strip()}"
        yield
    finally:
        os.environ.pop("DISPLAY")
        if before is not None:
            os.environ["DISPLAY"] = before
        server.terminate()
        server.wait()
        os.close(told)
        os.close(tell)


class Phone:
    """folder: what the phone keeps, and where downloads go. url: the office's server. before: a script that runs before
    every page."""

    def __init__(
        self, folder: Path, url: str, *, width: int = 360, height: int = 740, scheme: str = "light", before: str = ""
    ) -> None:
        self.folder, self.url = folder, url
        self.look = (str(width), str(height), scheme)
        folder.mkdir(parents=True, exist_ok=True)
        if before:
            (folder / "before.js").write_text(before, encoding="utf-8")
        self.driver = self._start()

    def _start(self) -> WebDriver:
        options = Options()
        options.binary_location = str(SYSTEM_PYTHON)
        for argument in (str(WINDOW), str(self.folder), *self.look):
            options.add_argument(argument)
        options.set_capability("browserName", NAME)
        driver = WebDriver(options=options, service=Service(shutil.which("WebKitWebDriver")))
        driver.set_script_timeout(SOON_S)
        return driver

    @property
    def version(self) -> str:
        return str(self.run("return navigator.userAgent"))

    # Its life

    def close(self) -> None:
        """The person closes the app."""
        self.driver.quit()

    def die(self) -> None:
        """The battery: SIGKILL, nothing can be said goodbye to."""
        os.kill(int((self.folder / "pid").read_text(encoding="utf-8")), signal.SIGKILL)
        self.driver.service.stop()

    def open_again(self, path: str = "/app") -> None:
        self.driver = self._start()
        self.open(path)

    def end_storage(self) -> None:
        """What iOS does to apps in the background: the process that holds their databases ends under them. After it
        nothing can be done with the page until the phone is opened again."""
        browser = (self.folder / "pid").read_text(encoding="utf-8")
        found = subprocess.run(["pgrep", "-P", browser, "-f", "WebKitNetworkProcess"], capture_output=True, check=True)
        os.kill(int(found.stdout), signal.SIGKILL)

    # What a person does

    def open(self, path: str) -> None:
        self.driver.get(self.url + path)
        self.ready()

    def ready(self) -> None:
        self.find("html[data-ready='1']")

    def find(self, css: str, nth: int = 0) -> WebElement:
        return self._wait(lambda: self.driver.find_elements(By.CSS_SELECTOR, css)[nth], f"{css} ({nth})")

    def field(self, label: str) -> WebElement:
        """The last field that is shown and whose label holds these words."""
        path = f"//label[contains(normalize-space(), {_quoted(label)})]"

        def found() -> WebElement | None:
            for one in reversed(self.driver.find_elements(By.XPATH, path)):
                named = one.get_attribute("for")
                if named:
                    return self.driver.find_element(By.ID, named)
            return None

        return self._wait(found, f"a field {label}")

    def write(self, label: str, text: str) -> None:
        field = self.field(label)
        self.centre(field)
        field.clear()
        field.send_keys(text)

    def press(self, name: str) -> None:
        """A button or link by its whole words."""
        named = f"normalize-space()={_quoted(name)} or @aria-label={_quoted(name)}"
        self._tap_shown(f"//*[self::button or self::a][{named}]", f"a button {name}")

    def follow(self, part: str) -> None:
        """A link or button by a part of its words."""
        path = f"//*[self::button or self::a][contains(normalize-space(), {_quoted(part)})]"
        self._tap_shown(path, f"a link {part}")

    def choose(self, label: str) -> None:
        path = f"//*[self::label or self::summary][contains(normalize-space(), {_quoted(label)})]"
        self._tap_shown(path, f"a choice {label}")

    def answer(self, item: str, code: str) -> None:
        self.tap(self.find(f"label[for='a-{item}-{code}']"))

    def tap(self, element: WebElement) -> None:
        self.centre(element)
        element.click()

    def _tap_shown(self, path: str, what: str) -> None:
        def tapped() -> bool:
            element = self._shown(path)
            if element is not None:
                self.tap(element)
            return element is not None

        self._wait(tapped, what)

    def centre(self, element: WebElement) -> None:
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)

    def draw(self, css: str = "canvas", nth: int = 0) -> None:
        """A stroke with the finger from the left to the right through an element's middle."""
        element = self.find(css, nth)
        self.centre(element)
        across = element.size["width"]
        finger = ActionChains(self.driver, duration=20)
        finger.move_to_element_with_offset(element, -int(across / 3), 0).click_and_hold()
        for step in range(8):
            finger.move_by_offset(int(across / 12), (-8, 8)[step % 2])
        finger.release().perform()

    def attach(self, css: str, file: Path, nth: int = 0) -> None:
        self.find(css, nth).send_keys(str(file))

    # What a person sees

    def see(self, text: str, within_s: float = SOON_S) -> None:
        path = f"//body//*[contains(normalize-space(), {_quoted(text)})]"
        self._wait(lambda: self._shown(path), f"the words “{text}”", within_s)

    def shows(self, text: str) -> bool:
        return text in self.driver.find_element(By.TAG_NAME, "body").text

    def until(self, condition: Callable[[], Any], what: str, within_s: float = SOON_S) -> Any:
        return self._wait(condition, what, within_s)

    def run(self, script: str, *told: Any) -> Any:
        return self.driver.execute_script(script, *told)

    def run_async(self, expression: str) -> Any:
        """The value that a promise comes to."""
        settled = "value => done([value]), failure => done(String(failure))"
        answer = self.driver.execute_async_script(f"const done = arguments[0]; ({expression}).then({settled})")
        assert isinstance(answer, list), answer
        return answer[0]

    def picture(self, file: Path) -> None:
        time.sleep(0.3)  # whatever glides in has arrived
        self.driver.save_screenshot(str(file))

    def _shown(self, path: str) -> WebElement | None:
        return next((one for one in self.driver.find_elements(By.XPATH, path) if one.is_displayed()), None)

    def _wait(self, condition: Callable[[], Any], what: str, within_s: float = SOON_S) -> Any:
        def met(_driver: WebDriver) -> Any:
            try:
                return condition()
            except (IndexError, StaleElementReferenceException):
                return None

        try:
            return WebDriverWait(self.driver, within_s, poll_frequency=0.1).until(met)
        except TimeoutException:
            here, words = self.run("return location.pathname"), self.run("return document.body.innerText")
            raise AssertionError(f"no {what} at {here}: {words[:800]}") from None


def _quoted(text: str) -> str:
    assert '"' not in text
    return f'"{text}"'
