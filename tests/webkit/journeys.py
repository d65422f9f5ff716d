"""What must work on an iPhone, in its engine and against the real server: a day without signal, its dangers, an update.

Not called test_*: it needs packages of the system, so it is run by `make look` and not by `make test`.
"""

from __future__ import annotations

import time
from pathlib import Path

from PIL import Image

from fieldapp import database, evidence, inspections
from tests.browser.builds import REGISTRATION, Builds
from tests.browser.conftest import PASSWORD
from tests.browser.server import Server
from tests.browser.test_drafts import imported
from tests.browser.test_journey import KARAOKE, arrived_whole, nothing_arrived, photo, today
from tests.browser.test_photos import is_covered
from tests.webkit.newer import taken_away
from tests.webkit.phone import SOON_S, Phone

NOTE = "02 bình ở tầng 2 hết hạn kiểm định."
COUNTS = (("Tổng số lao động", 8), ("hợp đồng lao động bằng văn bản", 5), ("được tuyên truyền", 8))


def sign_in(phone: Phone) -> None:
    phone.open("/app")
    phone.write("Tên đăng nhập", "binh")
    phone.write("Mật khẩu", PASSWORD)
    phone.press("Đăng nhập")
    phone.see(KARAOKE)
    phone.see("Đã gửi hết")
    # not only there but done with its beginning, or a newer build would find nobody to wait for
    at_work = "one.active.state === 'activated' && navigator.serviceWorker.controller !== null"
    phone.until(lambda: phone.run_async(f"navigator.serviceWorker.ready.then(one => {at_work})"), "worker at work")


def begin(phone: Phone) -> None:
    phone.find("input[type=search]").send_keys("karaoke sao thu")
    phone.follow(KARAOKE)
    phone.press("Bắt đầu kiểm tra")
    phone.choose("Đọc thông báo")
    phone.see("Ủy ban nhân dân xã Kim Tân")
    phone.choose("Đã đọc cho chủ cơ sở")
    phone.press("Bắt đầu")
    phone.find("#a-A01-dat")


def answer_everything(phone: Phone, picture: Path) -> None:
    """Everything in order, but for one item with a note and a photo in which something is covered."""
    phone.run("document.querySelectorAll(\"label[for^='a-'][for$='-dat']\").forEach(label => label.click())")
    phone.answer("C04", "khong_dat")
    phone.write("Ghi rõ tồn tại", NOTE)
    phone.attach("#item-C04 input[type=file]", picture)
    phone.see("Che người trong ảnh")
    phone.draw(".cover__pic")
    phone.press("Dùng ảnh")
    phone.find("#item-C04 .shot img")
    for words, count in COUNTS:
        phone.write(words, str(count))


def commit(phone: Phone) -> None:
    phone.press("Cam kết của chủ cơ sở")
    phone.see("không để tệ nạn xã hội xảy ra")
    phone.press("Đọc xong, đến phần ký")
    phone.draw()
    phone.press("Xong, về biên bản")


def sign_and_finish(phone: Phone) -> None:
    phone.see("Xem lại trước khi ký")
    phone.choose("Chủ cơ sở")
    phone.draw(nth=0)
    phone.draw(nth=1)
    phone.press("Kết thúc và lưu biên bản")
    phone.see("Đã khóa. Đã lưu trên máy, chờ gửi.")


def taken(folder: Path) -> Path:
    file = folder / "a.jpg"
    file.write_bytes(photo())
    return file


def test_from_the_basement_to_the_figure(any_phone: Phone, server: Server, data: Path, tmp_path: Path) -> None:
    phone = any_phone
    sign_in(phone)
    phone.close()
    server.kill()

    phone.open_again()
    phone.see(KARAOKE)
    begin(phone)
    answer_everything(phone, taken(tmp_path))
    phone.see("Đã lưu trên máy")
    phone.die()
    phone.open_again()
    assert phone.find("#a-C04-khong_dat").is_selected()
    assert phone.field("Ghi rõ tồn tại").get_attribute("value") == NOTE
    phone.find("#item-C04 .shot img")

    commit(phone)
    sign_and_finish(phone)
    phone.die()
    phone.open_again("/app/sync")
    phone.see("2 bản ghi chờ gửi")
    assert nothing_arrived(data)

    server.start()  # nothing is pressed: it sends by itself
    phone.see("Không còn gì chờ gửi", within_s=3 * SOON_S)
    arrived_whole(data)
    assert is_covered(_evidence(data), 0.5, 0.5)


def _evidence(data: Path) -> Image.Image:
    """The photo of the shortcoming, as the office has it."""
    with database.opened(data) as db:
        (made,) = inspections.in_year(db, today().year)
        (sha256,) = inspections.content(db, made.id)["answers"]["C04"]["files"]
        kept = evidence.read(db, data, sha256)
        assert kept is not None
        return Image.open(kept.path).copy()


def test_in_a_tab_of_safari_it_says_how_to_keep_the_data(tmp_path: Path, server: Server) -> None:
    phone = Phone(tmp_path / "phone", server.url, before=taken_away())
    try:
        sign_in(phone)
        assert phone.run("return typeof OffscreenCanvas") == "undefined"
        phone.open("/app/sync")
        phone.see("Thêm vào MH chính")
    finally:
        phone.close()


def test_a_phone_that_cannot_send_hands_a_file_over(phone: Phone, server: Server, data: Path, tmp_path: Path) -> None:
    sign_in(phone)
    server.kill()
    begin(phone)
    answer_everything(phone, taken(tmp_path))
    phone.see("Đã lưu trên máy")
    phone.run("dispatchEvent(new Event('online'))")  # it tries in vain, and the draft is in the outbox too
    commit(phone)
    sign_and_finish(phone)
    phone.open("/app/sync")
    phone.press("Tạo tệp dự phòng")
    phone.see("2 bản ghi, 4 tệp ảnh")
    phone.press("Lưu tệp vào máy")
    saved = phone.until(lambda: list(phone.folder.glob("*.fieldapp")), "file saved")
    phone.see("2 bản ghi chờ gửi")
    assert "biên bản: 1 đã ghi vào sổ" in imported(data, saved[0])
    arrived_whole(data)


# The driver loses the page together with the process, so the page is told beforehand to tap by itself.
TAP_AT_THE_END = """(async () => {
  const {name} = (await indexedDB.databases()).find(({name}) => name.startsWith('fieldapp-'))
  const opening = indexedDB.open(name)
  opening.onsuccess = () => {
    opening.result.onclose = () => document.querySelector("label[for='a-A02-chua_xem_xet']").click()
  }
})()"""


def test_the_databases_end_under_the_app(phone: Phone) -> None:
    """As iOS does with an app in the background; the page can never open them again. The next tap is kept."""
    sign_in(phone)
    begin(phone)
    phone.answer("A01", "dat")
    phone.see("Đã lưu trên máy")
    phone.run_async(TAP_AT_THE_END)
    phone.end_storage()
    time.sleep(5)
    phone.die()
    phone.open_again()
    assert phone.find("#a-A01-dat").is_selected()
    assert phone.find("#a-A02-chua_xem_xet").is_selected()


def test_a_page_left_while_it_writes_holds_up_no_other(phone: Phone) -> None:
    """Safari puts it aside as it is, for the way back, with whatever it has open in the database."""
    sign_in(phone)
    begin(phone)
    for n, screen in enumerate(["/app", "/app/sync"] * 6):
        phone.run("document.querySelectorAll('main input[type=radio]:not(:checked)')[arguments[0]]?.click()", n)
        phone.open(screen)
        phone.driver.back()
        phone.ready()


def test_a_new_build_in_the_middle_of_an_inspection(data: Path, tmp_path: Path) -> None:
    """The old page keeps working from what it had, the draft stays, and the update is offered when there is time."""
    builds = Builds(tmp_path / "builds")
    server = Server(data, builds.code)
    phone = Phone(tmp_path / "phone", server.url)
    try:
        sign_in(phone)
        begin(phone)
        phone.answer("A01", "dat")
        builds.swap()
        phone.run_async(f"{REGISTRATION}.then(one => one.update()).then(() => 1)")
        phone.until(lambda: phone.run_async(f"{REGISTRATION}.then(one => one.waiting !== null)"), "worker waiting")
        phone.answer("A02", "dat")
        phone.press("Xem lại và ký")
        phone.see("Xem lại trước khi ký")
        assert not phone.shows("Cập nhật")
        phone.driver.back()
        phone.press("Quay lại")
        phone.press("Quay lại")
        phone.press("Cập nhật")
        phone.see("Việc hôm nay")
        phone.follow(KARAOKE)
        phone.press("Làm tiếp")
        assert phone.find("#a-A02-dat").is_selected()
    finally:
        phone.close()
        server.stop()
