"""A made-up commune as large as a province's town: the same rows every time."""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from pathlib import Path

ESTABLISHMENTS, VISITS = 5_000, 20_000
TYPES = ["karaoke", "hotel", "guesthouse", "massage", "cafe", "hair_wash", "restaurant", "rental_room"]
STEMS = [
    "Cơ sở kinh doanh dịch vụ lưu trú du lịch Nhà nghỉ Thử Nghiệm",
    "Công ty trách nhiệm hữu hạn một thành viên Khách sạn Minh Họa",
    "Hộ kinh doanh dịch vụ Karaoke Giả Định Gia Đình",
    "Cà phê Bản Nháp",
    "Cơ sở Tẩm quất Ví Dụ của Hội Người Mẫu",
]


def write(folder: Path) -> None:
    """register.csv and visits.csv in the folder."""
    dice = random.Random(5)
    with (folder / "register.csv").open("w", newline="", encoding="utf-8") as out:
        sheet = csv.writer(out)
        sheet.writerow(["code", "name", "type", "address", "area", "representative", "phone", "employees", "rooms"])
        for n in range(ESTABLISHMENTS):
            area = f"Tổ dân phố số {n % 40 + 1}"
            address = f"Số {n % 97 + 1}, đường Thử Nghiệm, {area}"
            who = f"Nguyễn Văn Mẫu {n % 900}"
            name = f"{dice.choice(STEMS)} {n + 1:04d}"
            sheet.writerow([f"CS-{n + 1:04d}", name, TYPES[n % 8], address, area, who, f"0900{n:06d}", n % 20, n % 30])
    start = date(2025, 1, 1)
    with (folder / "visits.csv").open("w", newline="", encoding="utf-8") as out:
        sheet = csv.writer(out)
        sheet.writerow(["establishment_code", "visited_on", "body", "kind", "document_no"])
        for n in range(VISITS):
            day = start + timedelta(days=dice.randrange(680))
            body = dice.choice(["team_178", "police", "team_178;police", "health"])
            code = f"CS-{dice.randrange(ESTABLISHMENTS) + 1:04d}"
            sheet.writerow([code, day.isoformat(), body, "planned", f"{n + 1}/BB"])
