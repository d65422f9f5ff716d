"""Pictures of the main screens as an iPhone's engine draws them: small and dark, small and light, a small tablet."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from fieldapp import demo
from fieldapp.demo.pictures import photo
from tests.browser.server import Server
from tests.webkit.phone import Phone, screen

LOOKS = [(360, 740, "light", "Salon tóc"), (360, 740, "dark", "Cà phê"), (768, 1024, "light", "Karaoke Giả Định 04")]


def walk(out: Path) -> None:
    """Fills the demo commune and writes webkit-*.png into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, screen():
        folder = Path(scratch) / "kim-mau"
        password = demo.prepare(folder, "kim-mau")[0].password
        server = Server(folder)
        try:
            for n, (width, height, scheme, place) in enumerate(LOOKS):
                phone = Phone(Path(scratch) / f"phone-{n}", server.url, width=width, height=height, scheme=scheme)
                _Camera(phone, out / f"webkit-{width}-{scheme}").visit(password, place, Path(scratch))
                phone.close()
        finally:
            server.stop()


class _Camera:
    """One phone and how its pictures are called."""

    def __init__(self, phone: Phone, name: Path) -> None:
        self.phone, self.name = phone, name

    def take(self, what: str) -> None:
        self.phone.picture(self.name.with_name(f"{self.name.name}-{what}.png"))

    def visit(self, password: str, place: str, scratch: Path) -> None:
        phone = self.phone
        phone.open("/app")
        self.take("sign-in")
        phone.write("Tên đăng nhập", "kiemtra1")
        phone.write("Mật khẩu", password)
        phone.press("Đăng nhập")
        phone.find("a.row")
        self.take("list")
        for screen_name in ("places", "sync"):
            phone.open(f"/app/{screen_name}")
            self.take(screen_name)
        phone.open("/app/places")
        phone.find("input[type=search]").send_keys(place)
        phone.follow(place)
        phone.see("Bắt đầu kiểm tra")
        self.take("establishment")
        phone.press("Bắt đầu kiểm tra")
        phone.see("Trước khi kiểm tra")
        self.take("begin")
        phone.choose("Đã đọc cho chủ cơ sở")
        phone.press("Bắt đầu")
        self.checklist(scratch)
        self.commitment()

    def checklist(self, scratch: Path) -> None:
        phone = self.phone
        phone.find("#a-A01-dat")
        phone.run("document.querySelectorAll(\"label[for^='a-'][for$='-dat']\").forEach(label => label.click())")
        phone.answer("C04", "khong_dat")
        phone.write("Ghi rõ tồn tại", "02 bình ở tầng 2 hết hạn kiểm định từ tháng 12/2025.")
        file = scratch / "c04.jpg"
        file.write_bytes(photo("C04", random.Random(3)))
        phone.attach("#item-C04 input[type=file]", file)
        phone.see("Che người trong ảnh")
        phone.draw(".cover__pic")
        self.take("cover")
        phone.press("Dùng ảnh")
        phone.centre(phone.find("#item-C04 .shot img"))
        self.take("inspection")

    def commitment(self) -> None:
        phone = self.phone
        phone.press("Cam kết của chủ cơ sở")
        phone.see("Đọc xong, đến phần ký")
        self.take("commitment-text")
        phone.press("Đọc xong, đến phần ký")
        phone.choose("Chủ cơ sở")
        phone.draw()
        self.take("commitment")
        phone.press("Xong, về biên bản")
        phone.see("Cam kết")
        self.take("after")
