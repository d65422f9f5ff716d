"""Nothing serious for axe on any screen, light and dark: the phone at 360 px, the office at 1366 px and at 360 px."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from fieldapp import commitments, database, demo, inspections, people
from fieldapp.clock import local_day, system_clock
from fieldapp.units import TIME_ZONE
from tests.browser.server import Server

AXE = Path(__file__).parents[2] / "fieldapp" / "client" / "node_modules" / "axe-core" / "axe.min.js"
WORST = {"serious", "critical"}
OFFICE = [
    "/", "/establishments", "/establishments/new", "/import", "/coverage", "/coverage/rows?set=missing",
    "/inspections", "/inspections/year", "/changes", "/findings", "/commitments", "/commitments/blank", "/password",
    "/search?q=karaoke", "/no-such-page",
]  # fmt: skip
ADMIN = ["/accounts", "/devices", "/backups", "/backups/restored", "/audit", "/unit"]


@pytest.fixture(scope="module")
def commune(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """The demo commune, served. Returns the server and everybody's password."""
    folder = tmp_path_factory.mktemp("demo") / "kim-mau"
    password = demo.prepare(folder, "kim-mau")[0].password
    server = Server(folder)
    yield server, password
    server.stop()


def worst(page: Page) -> list[str]:
    """What axe finds serious on the page: rule and place."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run()")
    return [
        f"{page.url}: {rule['id']} at {node['target']}"
        for rule in found["violations"]
        if rule["impact"] in WORST
        for node in rule["nodes"]
    ]


def into_the_office(page: Page, server: Server, username: str, password: str) -> None:
    page.goto(f"{server.url}/sign-in")
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu", exact=True).fill(password)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def of_records(data: Path) -> list[str]:
    """Pages of one inspection, one commitment, one establishment."""
    year = local_day(system_clock(), TIME_ZONE).year
    with database.opened(data) as db:
        made = max(inspections.in_year(db, year), key=lambda inspection: inspection.noncompliant)
        promise = commitments.of_establishment(db, made.establishment)[0]
    place, record = f"/establishments/{made.establishment}", f"/inspections/{made.id}"
    return [place, f"{place}/edit", record, f"{record}/print", f"/commitments/{promise.id}"]


@pytest.mark.parametrize(("width", "scheme"), [(1366, "light"), (1366, "dark"), (360, "light")])
def test_the_office(browser: Browser, commune: tuple[Server, str], width: int, scheme: str) -> None:
    server, password = commune
    with database.opened(server.data) as db:
        somebody = f"/accounts/{people.accounts(db)[0].id}"
    found = []
    for username, addresses in (("canbo", OFFICE + of_records(server.data)), ("quantri", [*ADMIN, somebody])):
        context = browser.new_context(viewport={"width": width, "height": 768}, color_scheme=scheme, locale="vi-VN")  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{server.url}/sign-in")
        found += worst(page)
        into_the_office(page, server, username, password)
        for address in addresses:
            page.goto(server.url + address)
            found += worst(page)
        context.close()
    assert not found


# a person each: what the first leaves unfinished would be on the second's phone, too
@pytest.mark.parametrize(("scheme", "username"), [("light", "kiemtra1"), ("dark", "kiemtra2")])
def test_the_phone(browser: Browser, commune: tuple[Server, str], scheme: str, username: str) -> None:
    server, password = commune
    size, locale = {"width": 360, "height": 740}, "vi-VN"
    context = browser.new_context(viewport=size, color_scheme=scheme, locale=locale, has_touch=True)  # type: ignore[arg-type]
    page = context.new_page()
    found = []

    def look(screen: str) -> None:
        page.goto(server.url + screen)
        page.locator("html[data-ready='1']").wait_for(state="attached")
        page.locator("h1").first.wait_for()
        found.extend(worst(page))

    look("/app")
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu", exact=True).fill(password)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    page.locator("a.row").first.wait_for()
    for screen in ("/app", "/app/places", "/app/sync", "/app/no-such-screen"):
        look(screen)
    # what one phone leaves half done comes to the next: each scheme has establishments of its own
    whole, later = {"light": ("Salon tóc", "Karaoke Giả Định 04"), "dark": ("Cà phê", "Giải khát Ví Dụ 06")}[scheme]
    place = of_name(page, server, whole)
    for screen in (place, f"{place}/edit", "/app/new"):
        look(screen)
    page.goto(server.url + place)
    page.get_by_role("button", name="Bắt đầu kiểm tra").click()
    page.wait_for_url(re.compile("/app/i/"))
    page.get_by_text("Cơ sở đóng cửa").click()
    found += worst(page)
    page.get_by_text("Làm việc được").click()
    found += worst(page)
    page.get_by_role("button", name="Bắt đầu", exact=True).click()
    for item, chosen in (("C04", "khong_dat"), ("C03", "chua_xem_xet")):
        page.locator(f"label[for='a-{item}-{chosen}']").click()
    page.get_by_role("button", name=re.compile("^Phần A: ")).click()
    page.get_by_role("button", name="Thêm một lần").click()
    visit = page.url.removeprefix(server.url)
    found += worst(page)
    for screen in (f"{visit}/review", f"{visit}/commitment"):
        look(screen)

    look(of_name(page, server, later))
    page.get_by_role("button", name="Hậu kiểm tại chỗ").click()
    page.wait_for_url(re.compile("/app/i/"))
    page.locator("label[for$='-remedied']").first.click()
    found += worst(page)
    look(f"{page.url.removeprefix(server.url)}/review")
    context.close()
    assert not found


def of_name(page: Page, server: Server, name: str) -> str:
    """The address of the first establishment of that name."""
    page.goto(f"{server.url}/app/places")
    page.get_by_label("Tìm cơ sở").fill(name)
    return str(page.get_by_role("link", name=re.compile(name)).first.get_attribute("href"))
