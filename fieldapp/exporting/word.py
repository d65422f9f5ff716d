"""Word documents from the templates in templates/documents/: fields and loops stand in the .docx itself, so that an
office can change words, columns and looks in Word.

    {{ n }}, {{ n|n }}        a value; a number as it is written in Vietnamese (1.234)
    {{ n|percent }}           58,5%; a dash where there is nothing to tell
    {{ day|day }}             05/3/2026, from YYYY-MM-DD
    {{ text|capital }}        its first letter in upper case

A value is text and never a template, whatever braces are in it; signs that no Word file may hold are left out.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from fieldapp.errors import Refusal
from fieldapp.formulas import TURNS
from fieldapp.plans import wording

FOLDER = Path(__file__).parents[1] / "templates" / "documents"
NONE = "—"
_UNPRINTABLE = re.compile(f"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|{TURNS}")


def render(template: Path, values: dict[str, Any]) -> bytes:
    """A filled-in .docx. Raises Refusal template_invalid where the template asks for what there is not, or has a filter
    write what it cannot."""
    try:
        document = DocxTemplate(template)
        document.render(values, jinja_env=_environment(), autoescape=True)
        out = io.BytesIO()
        document.save(out)
    except (TemplateError, KeyError, ValueError, TypeError, AttributeError, zipfile.BadZipFile) as problem:
        raise Refusal("template_invalid", template=template.name, reason=str(problem)) from problem
    return out.getvalue()


def _environment() -> SandboxedEnvironment:
    """A template may come from the office: it gets values and these four filters, nothing of Python."""
    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined, finalize=_printable)
    environment.filters |= {"n": number, "percent": percent, "day": day, "capital": capital}
    return environment


def _printable(value: Any) -> Any:
    return _UNPRINTABLE.sub("", value) if isinstance(value, str) and _UNPRINTABLE.search(value) else value


def number(value: int | float | None) -> str:
    """1234 -> "1.234"; 12.5 -> "12,5"; None -> a dash."""
    if value is None:
        return NONE
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
    return text.translate(str.maketrans(",.", ".,"))


def percent(value: float | None) -> str:
    """58.5 -> "58,5%"."""
    return NONE if value is None else wording.percent(value)


def day(value: date | str | None) -> str:
    """As decree 30/2020 writes days: "05/3/2026", days below 10 and the months January and February with a nought."""
    if value is None:
        return NONE
    on = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{on.day:02d}/{_month(on)}/{on.year}"


def dated(on: date) -> str:
    """ "ngày 05 tháng 01 năm 2027"."""
    return f"ngày {on.day:02d} tháng {_month(on)} năm {on.year}"


def _month(on: date) -> str:
    return f"{on.month:02d}" if on.month <= 2 else str(on.month)


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
