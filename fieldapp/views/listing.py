"""A list of establishments as it was asked for: filtered, sorted, in pages; shown, and exported exactly as shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import Response, current_app, request, url_for
from werkzeug.datastructures import MultiDict

from fieldapp import establishments, exporting, standing
from fieldapp.establishments import Establishment
from fieldapp.exporting import Document, Table
from fieldapp.folding import natural
from fieldapp.standing import Standing
from fieldapp.views import access, words
from fieldapp.views.request import OFFICE_ROLES, account, db, now, number_in, today, unit
from sync import history
from sync.history import Point

PAGE_ROWS = 100
EVERYTHING = 1_000_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True)
class Column:
    """One column. value: what it holds of a row, for the file and for sorting (text, number, day or None).

    width: in a file, in characters. first: shown without being asked for. people: holds contact data, left out for
    those who only read. parts: what a cell of two things is in a file, where one sorts and counts by each.
    """

    key: str
    title: str
    width: int
    value: Callable[[Standing], Any]
    numeric: bool = False
    first: bool = True
    people: bool = False
    parts: tuple[Column, ...] = ()


def _last(row: Standing) -> str:
    return f"{words.day(row.last[0])} · {_last_by(row)}" if row.last else ""


def _last_by(row: Standing) -> str:
    return words.body_names(sorted(row.last[1])) if row.last else ""


def _findings(row: Standing) -> str:
    if row.overdue:
        return f"{len(row.overdue)} quá hạn từ {words.day_month(row.overdue[0].due_on)}"
    if row.open:
        return f"{len(row.open)}, hạn {words.day_month(row.open[0].due_on)}"
    return ""


def _staff(row: Standing) -> str:
    e = row.establishment
    if e.employees is None:
        return ""
    return str(e.employees) + (f" ({e.employees_with_contract})" if e.employees_with_contract is not None else "")


def may_see_contacts(place: Establishment | None = None) -> bool:
    """Whether the reader may see contacts; an inspector, who may be reading on the phone, not those of a place that has
    closed or left management."""
    role = account().role
    return role in OFFICE_ROLES or (role == "inspector" and not (place and place.over_on(today())))


def _contact(name: str) -> Callable[[Standing], str]:
    return lambda row: str(getattr(row.establishment, name)) if may_see_contacts(row.establishment) else ""


COLUMNS = (
    Column("name", "Tên cơ sở", 28, lambda row: row.establishment.name),
    Column("code", "Mã", 10, lambda row: row.establishment.code),
    Column("type", "Loại hình", 20, lambda row: words.type_name(row.establishment.type)),
    Column("area", "Khu vực", 16, lambda row: row.area),
    Column("state", "Trạng thái", 17, lambda row: standing.STATES[row.state]),
    Column("open", "Tồn tại chưa đóng", 18, _findings),
    Column("last", "Kiểm tra gần nhất", 24, _last, parts=(
        Column("last_on", "Kiểm tra gần nhất", 12, lambda row: row.last[0] if row.last else None),
        Column("last_by", "Cơ quan kiểm tra", 16, _last_by),
    )),
    Column("times", "Lần/năm", 8, lambda row: len(row.visits), numeric=True),
    Column("commitment", "Cam kết đến", 12, lambda row: row.commitment.valid_until if row.commitment else None),
    Column("licence", "Giấy tờ hết hạn", 12, lambda row: row.licence_expires_on, first=False),
    Column("address", "Địa chỉ", 32, lambda row: row.establishment.address),
    Column("entity", "Chủ thể kinh doanh", 26, lambda row: row.entity, first=False),
    Column("representative", "Người đại diện", 20, _contact("representative"), people=True),
    Column("phone", "Điện thoại", 13, _contact("phone"), people=True),
    Column("employees", "LĐ (có HĐ)", 10, _staff, numeric=True, first=False, parts=(
        Column("employees", "Số lao động", 10, lambda row: row.establishment.employees),
        Column("contracts", "Có hợp đồng", 10, lambda row: row.establishment.employees_with_contract),
    )),
    Column("since", "Quản lý từ", 12, lambda row: row.establishment.managed_since, first=False),
    Column("until", "Thôi quản lý từ", 12, lambda row: row.establishment.managed_until, first=False),
)  # fmt: skip
_SORTED_BY: dict[str, Callable[[Standing], Any]] = {
    "open": lambda row: row.open[0].due_on.isoformat() if row.open else "",
    "last": lambda row: row.last[0] if row.last else None,
    "employees": lambda row: row.establishment.employees,
    "state": lambda row: list(standing.STATES).index(row.state),
}
"""Where a column is not sorted by what it shows."""


@dataclass
class Listing:
    """What to show. everything: the rows in question; passing: those that the filter lets through, sorted.

    endpoint, fixed: where the list stands, for its links. columns: those shown, in order. open_to: those to choose.
    """

    endpoint: str
    fixed: dict[str, Any]
    asked: MultiDict[str, str]
    everything: Sequence[Standing]
    passing: list[Standing]
    columns: list[Column]
    open_to: list[Column]

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many of all belong to each quick filter."""
        return standing.counts(self.everything)

    @property
    def page(self) -> int:
        last = max(1, -(-len(self.passing) // PAGE_ROWS))
        return min(number_in(self.asked.get("page", "")) or 1, last)

    @property
    def rows(self) -> list[Standing]:
        return self.passing[(self.page - 1) * PAGE_ROWS : self.page * PAGE_ROWS]

    @property
    def in_file(self) -> list[Column]:
        """The columns of a file of this list."""
        return [part for column in self.columns for part in column.parts or (column,)]

    @property
    def shown_until(self) -> int:
        return min(self.page * PAGE_ROWS, len(self.passing))

    @property
    def sort(self) -> tuple[str, bool]:
        """The column and whether it runs down."""
        return _sort(self.asked)

    def address(self, endpoint: str | None = None, **changes: Any) -> str:
        """This list's address with something else asked for; None takes a part of the question away."""
        asked = {key: values if len(values) > 1 else values[0] for key, values in self.asked.lists()}
        asked.pop("page", None)
        merged = {**asked, **changes}
        kept = {key: value for key, value in merged.items() if value not in (None, "")}
        return url_for(endpoint or self.endpoint, **{**kept, **self.fixed})

    def sorted_by(self, key: str) -> str:
        """The address that sorts by a column; a second time turns it round."""
        column, down = self.sort
        return self.address(sort=f"-{key}" if column == key and not down else key)


_newest: tuple[tuple[Path, Point, date], list[Standing]] | None = None


def whole_register() -> list[Standing]:
    """The register as it stands today. Kept until a record changes, so that a long list answers while one types."""
    global _newest  # noqa: PLW0603  one list for the process; whoever comes second replaces it by the same
    key = (Path(current_app.config["DATA_FOLDER"]), history.head(db()), today())
    kept = _newest
    if kept is None or kept[0] != key:
        kept = _newest = (key, standing.every(db(), today()))
    return kept[1]


def of(rows: Sequence[Standing], endpoint: str, *, contacts: bool, **fixed: Any) -> Listing:
    """The list that the request's query asks for, over the given rows.

    Query: q (words, diacritics aside), only (a key of standing.QUICK), type, area (name), id (codes), sort, cols, page.
    contacts: whether the reader may see columns with contact data. fixed: what the address always says.
    """
    asked = MultiDict((key, value) for key, value in request.args.items(multi=True) if key not in fixed)
    open_to = [column for column in COLUMNS if contacts or not column.people]
    wanted = asked.getlist("cols")
    columns = [c for c in open_to if c.key in ("name", "code") or (c.key in wanted if wanted else c.first)]
    return Listing(endpoint, fixed, asked, rows, _sorted(_passing(rows, asked), asked), columns, open_to)


def _passing(rows: Sequence[Standing], asked: MultiDict[str, str]) -> list[Standing]:
    found = list(rows)
    text, only = asked.get("q", "").strip(), asked.get("only", "")
    if text:
        ids = {e.id for e in establishments.matching(db(), text, limit=EVERYTHING)}
        found = [row for row in found if row.establishment.id in ids]
    if only in standing.QUICK:
        found = [row for row in found if row.belongs(only)]
    if asked.get("type"):
        found = [row for row in found if row.establishment.type == asked["type"]]
    if asked.get("area"):
        found = [row for row in found if row.area == asked["area"]]
    if asked.getlist("id"):
        chosen = {code.upper() for code in asked.getlist("id")}
        found = [row for row in found if row.establishment.code.upper() in chosen]
    return found


def _sort(asked: MultiDict[str, str]) -> tuple[str, bool]:
    text = asked.get("sort", "")
    key = text.removeprefix("-")
    return (key, text.startswith("-")) if any(c.key == key for c in COLUMNS) else ("code", False)


def _sorted(rows: list[Standing], asked: MultiDict[str, str]) -> list[Standing]:
    """By the column asked for; rows without a value come last either way."""
    key, down = _sort(asked)
    if (key, down) == ("code", False):
        return rows  # as they come
    value = _SORTED_BY.get(key) or next(c.value for c in COLUMNS if c.key == key)
    keyed = [(_comparable(value(row)), row) for row in rows]
    with_value = [pair for pair in keyed if pair[0] is not None]
    with_value.sort(key=lambda pair: pair[0], reverse=down)
    return [row for _, row in with_value] + [row for text, row in keyed if text is None]


def _comparable(value: Any) -> Any:
    if value is None or value == "":
        return None
    if isinstance(value, date):
        return value.isoformat()
    return natural(value) if isinstance(value, str) else value


def header(column: Column) -> str:
    """What a column is called here: the commune has its own word for its parts."""
    return words.capital(unit().area_word) if column.key == "area" else column.title


def as_file(shown: Listing, form: str, stem: str, title: str) -> Response:
    """Exactly what is shown, every page of it, as a file to keep. form: csv or xlsx."""
    columns = [exporting.Column(header(column), column.width) for column in shown.in_file]
    rows = [[column.value(row) for column in shown.in_file] for row in shown.passing]
    filters = _described(shown)
    above = [title, unit().committee, f"{words.number(len(rows))} cơ sở, ngày {words.day(today())}{filters}"]
    made = f"Lập từ phần mềm lúc {words.moment_text(now())}, người xuất: {account().name}"
    table = Table("Danh sách", columns, rows, above, [made], frozen=1)
    return send(Document(f"{stem}-{today():%Y%m%d}", title, [table], made, unit().is_demo), form, rows=len(rows))


def send(document: Document, form: str, **details: Any) -> Response:
    """A document as a download, with a line in the access log."""
    access.note("list_exported", "list", document.stem, form=form, **details)
    content = document.csv() if form == "csv" else document.xlsx()
    kind = "text/csv; charset=utf-8" if form == "csv" else XLSX
    return download(content, f"{document.stem}.{form}", kind)


def download(content: bytes, name: str, kind: str) -> Response:
    """A file for the person's own disk, kept by no cache. name: made of letters, digits, dots and hyphens."""
    response = Response(content, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _described(shown: Listing) -> str:
    asked, parts = shown.asked, []
    if asked.get("only") in standing.QUICK:
        parts.append(standing.QUICK[asked["only"]][0])
    if asked.get("q"):
        parts.append(f"có chữ “{asked['q']}”")
    if asked.getlist("id"):
        parts.append("các dòng đã chọn")
    return "; lọc: " + ", ".join(parts) if parts else ""
