"""One cell -> one value. A reader takes what openpyxl or csv gives; it returns the value or raises Wrong with a reason.

Blank and masked cells never come here (`says_nothing`). A value that was understood with a doubt is returned as Noted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from fieldapp.errors import say
from fieldapp.importing import words

Reader = Callable[[Any], Any]
FIRST_YEAR, LAST_YEAR = 1900, 2100
_MASKED = re.compile(r"[\d .+-]*[•●*]{2,}[\w .-]{0,4}|\d[\d .+-]*[xX]{3,}\d{0,4}|[xX]{3,}\d{2,4}")
_SCIENTIFIC = re.compile(r"\d+([.,]\d+)?[eE]\+?\d+")
_EXCEL_ERROR = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!)")
_DAY_WORDS = re.compile(r"(?:ngay )?(\d{1,2}) thang (\d{1,2}) nam (\d{4})")
_TOKENS = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "YY": "%y"}


class Wrong(ValueError):
    """What is wrong with a cell, in words."""


@dataclass(frozen=True)
class Noted:
    """A value understood with a doubt, which the report mentions."""

    value: Any
    doubt: str


def says_nothing(value: Any) -> bool:
    """Blank, or masked as lists and exports mask it ("•••••123"): the value in the register stays."""
    return value is None or (isinstance(value, str) and (not _clean(value) or bool(_MASKED.fullmatch(_clean(value)))))


def _clean(text: str) -> str:
    """One line, composed, without control characters; otherwise as typed."""
    if not text.isprintable():  # most cells are
        text = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) != "Cc")
    return unicodedata.normalize("NFC", " ".join(text.split()))


def line(value: Any) -> str:
    """A text of one line. Numbers become their digits; a day is Excel's doing, not what was meant."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return digits(value)
    if not isinstance(value, str):
        raise Wrong(
            say(
                "Excel đã tự đổi ô này thành ngày giờ. Định dạng ô là Văn bản rồi gõ lại",
                "Excel turned this cell into a date or time. Format it as Text and type it again",
            )
        )
    text = _clean(value)
    if _EXCEL_ERROR.fullmatch(text):
        raise Wrong(say("công thức của ô này bị lỗi", "the formula of this cell failed"))
    return text


def lines(value: Any) -> str:
    """A text that may have several lines."""
    if not isinstance(value, str):
        return line(value)
    return "\n".join(filter(None, (line(part) for part in value.splitlines())))


def label(value: Any) -> str:
    """A code or number of a document: text that Excel likes to take for a number."""
    text = line(value)
    if _SCIENTIFIC.fullmatch(text) or (isinstance(value, int | float) and abs(value) >= 1e15):
        raise Wrong(
            say(
                "Excel đã làm tròn dãy số này. Định dạng ô là Văn bản rồi gõ lại",
                "Excel rounded this number. Format the cell as Text and type it again",
            )
        )
    return text


def digits(number: float) -> str:
    """912345678.0 -> "912345678"; 3.5 -> "3.5"."""
    return str(int(number)) if float(number).is_integer() else str(number)


def phone(value: Any) -> Any:
    """A phone number as typed. The zero that a spreadsheet took off comes back, and is noted."""
    text = label(value).removesuffix(".0")
    figures = re.sub(r"\D", "", text)
    if len(figures) < 3 or len(text) > 60:
        raise Wrong(say("không phải số điện thoại", "not a phone number"))
    if re.fullmatch(r"[35789]\d{8}|2\d{9}", text):
        return Noted("0" + text, say(f"đã thêm số 0 ở đầu: 0{text}", f"the leading zero was put back: 0{text}"))
    return text


def count(value: Any) -> int:
    """A whole number of people, rooms… of at least 0."""
    text = digits(value) if isinstance(value, int | float) and not isinstance(value, bool) else line(value)
    text = text.removesuffix(".0")
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise Wrong(
            say("phải là số nguyên, chỉ ghi chữ số (ví dụ 8)", "must be a whole number, digits only (such as 8)")
        )
    return int(text)


def degrees(value: Any) -> float:
    """A latitude or longitude in decimal degrees; a decimal comma is understood."""
    text = str(value).strip().replace(",", ".") if not isinstance(value, bool | date) else ""
    if not re.fullmatch(r"-?\d{1,3}(\.\d+)?", text):
        raise Wrong(say("phải là độ thập phân (ví dụ 20.9876)", "must be decimal degrees (such as 20.9876)"))
    return float(text)


def yes_no(value: Any) -> bool:
    text = words.plain(value if isinstance(value, str) else line(value)) or str(value).strip()
    if text in words.YES | words.NO:
        return text in words.YES
    raise Wrong(say("phải là “có” hoặc “không”", "must be “có” (yes) or “không” (no)"))


def day_reader(date_format: str = "") -> Reader:
    """A reader of days: date cells, ISO, and text by date_format (by default day, month, year).

    Raises ValueError when date_format names no year, month or day.
    """
    pattern = strptime_format(date_format) if date_format else ""
    shape = date_format or "DD/MM/YYYY"

    def read(value: Any) -> date:
        found = _day(value, pattern)
        if found is None:
            text = say(f"không phải ngày theo dạng {shape}", f"not a day written as {shape}")
            hint = "" if date_format else say("; dạng khác: --date-format", "; for other forms: --date-format")
            raise Wrong(text + hint)
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise Wrong(
                say(f"năm phải từ {FIRST_YEAR} đến {LAST_YEAR}", f"the year must be {FIRST_YEAR} to {LAST_YEAR}")
            )
        return found

    return read


def strptime_format(date_format: str) -> str:
    """`MM/DD/YYYY` or `%m/%d/%Y` -> what strptime takes. Raises ValueError where year, month or day is missing."""
    pattern = date_format
    if "%" not in pattern:
        for token, directive in _TOKENS.items():
            pattern = pattern.replace(token, directive).replace(token.lower(), directive)
    known = re.findall(r"%(.)", pattern)
    if not (set("Yy") & set(known) and set("mbB") & set(known) and "d" in known) or len(known) != 3:
        raise ValueError(date_format)
    return pattern


def _day(value: Any, pattern: str) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return _typed_day(_clean(value), pattern) if isinstance(value, str) else None


def _typed_day(typed: str, pattern: str) -> date | None:
    text = re.sub(r"[ T]0?0:00(:00(\.0+)?)?$", "", typed)  # how pandas writes a day
    if iso := re.fullmatch(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", text):
        return _made(*iso.groups())
    if pattern:
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            return None
    ours = re.fullmatch(r"(\d{1,2})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?(\d{4})", text)
    ours = ours or _DAY_WORDS.fullmatch(words.plain(text))
    return _made(*reversed(ours.groups())) if ours else None


def _made(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        turned = int(month) > 12 >= int(day)
        hint = say(
            "; nếu tệp ghi tháng trước: --date-format MM/DD/YYYY", "; if months come first: --date-format MM/DD/YYYY"
        )
        there = f"{int(day):02d}/{int(month):02d}/{year}"
        raise Wrong(say(f"không có ngày {there}", f"there is no day {there}") + hint * turned) from None


def choice(ways: Mapping[str, list[str]], named: Mapping[str, str], prefixes: tuple[str, ...] = ()) -> Reader:
    """A reader of one choice.

    ways: code -> words for it. named: code -> its Vietnamese name; a refusal lists them. prefixes: words that may lead
    and say nothing, as in "quán karaoke".
    """
    known = words.choices(ways, named)
    shown = ", ".join(f"{name} ({code})" for code, name in named.items())

    @lru_cache(maxsize=1000)  # a column repeats few texts many times
    def look_up(text: str) -> str | None:
        return known.get(words.key(text)) or _without(prefixes, words.plain(text), known)

    def read(value: Any) -> str:
        text = line(value)
        code = look_up(text)
        if code is None:  # "Massage, tẩm quất": several words for one thing
            parts = {look_up(part) for part in re.split(r"[,/()]|\bvà\b", text) if part.strip()}
            code = parts.pop() if len(parts) == 1 else None
        if code is None:
            raise Wrong(say(f"chưa biết giá trị này. Dùng một trong: {shown}", f"not known. Use one of: {shown}"))
        return code

    return read


def _without(prefixes: tuple[str, ...], text: str, known: Mapping[str, str]) -> str | None:
    """The choice behind words that say nothing of it: "cơ sở kinh doanh dịch vụ karaoke"."""
    for prefix in prefixes:
        if text.startswith(prefix + " "):
            rest = text.removeprefix(prefix + " ")
            return known.get(words.key(rest)) or _without(prefixes, rest, known)
    return None


def several_reader(one: Reader) -> Reader:
    """A reader of several choices separated by ";", as a tuple in their order, each once."""

    def read(value: Any) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one(part) for part in line(value).split(";") if part.strip()))

    return read
