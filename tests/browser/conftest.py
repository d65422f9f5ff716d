"""A phone, an office and a real server: journeys run in a real browser against `fieldapp serve`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from fieldapp import checklists, database, people, units
from fieldapp.database import write
from tests import making
from tests.browser import chromium
from tests.browser.builds import Builds
from tests.browser.server import Server

PASSWORD = "mật khẩu của bài thử"
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
SLOWER = 6
SOON_MS = 20_000
expect.set_options(timeout=SOON_MS)  # longer than a busy machine needs; what is there is found at once
HERE = {"locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": chromium.find(), "args": chromium.ARGUMENTS}


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A commune with an officer (an), an inspector (binh), and three establishments."""
    folder = tmp_path_factory.mktemp("template") / "commune"
    db = database.create(folder)
    with write(db) as tx:
        units.settle(tx, units.found("15187"), making.ACTOR)
        checklists.adopt(tx, making.ACTOR, checklists.shipped())
        people.open_account(tx, making.ACTOR, name="Nguyễn Thị An", username="an", role="officer", password=PASSWORD)
        people.open_account(
            tx, making.ACTOR, name="Trần Văn Bình", username="binh", role="inspector", password=PASSWORD
        )
        making.establishment(tx, "Karaoke Sao Thử 01", address="Số 12, Thôn Mẫu 3", representative="Nguyễn Văn Mẫu")
        making.establishment(tx, "Khách sạn Minh Họa", type="hotel", address="Số 40, đường liên thôn")
        making.establishment(tx, "Cà phê Bản Nháp", type="cafe")
    db.close()
    return folder


@pytest.fixture
def data(settled: Path, tmp_path: Path) -> Path:
    """The commune of one test."""
    return Path(shutil.copytree(settled, tmp_path / "commune"))


@pytest.fixture
def server(data: Path) -> Iterator[Server]:
    running = Server(data)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def both_builds(tmp_path_factory: pytest.TempPathFactory) -> Builds:
    return Builds(tmp_path_factory.mktemp("builds"))


@pytest.fixture
def builds(both_builds: Builds) -> Builds:
    """Two builds of the app, of which the first is handed out."""
    both_builds.first()
    return both_builds


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(**PHONE, **HERE)
    yield context
    context.close()


@pytest.fixture
def slow_phone(phone: BrowserContext) -> BrowserContext:
    """A phone of the cheap kind: its pages have a sixth of this machine's speed."""

    def slow(page: Page) -> None:
        phone.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})

    phone.on("page", slow)
    return phone


@pytest.fixture
def office(browser: Browser, server: Server) -> Iterator[Page]:
    """The officer An, signed in at the office."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, **HERE)
    page = context.new_page()
    page.goto(server.url)
    page.get_by_label("Tên đăng nhập").fill("an")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    yield page
    context.close()
