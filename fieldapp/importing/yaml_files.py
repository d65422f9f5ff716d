"""YAML files of the office: small, UTF-8, and small too once their aliases are written out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from fieldapp.errors import Refusal, say, why

LARGEST_BYTES = 1_000_000
MOST_VALUES = 200_000


def read_yaml(path: Path, refused: str, name: str = "") -> Any:
    """What a file says. refused: the code of the refusal, which tells `file` and `reason`. name: the file's name where
    it is not kept under its own.

    Raises Refusal file_missing, or `refused` for a file that is too large or no YAML.
    """
    file = name or path.name
    too_large = Refusal(refused, file=file, reason=say("tệp quá lớn", "the file is too large"))
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise too_large
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as problem:
        raise Refusal("file_missing", file=path, reason=why(problem)) from None
    except UnicodeDecodeError:
        raise Refusal(refused, file=file, reason=say("không phải bảng mã UTF-8", "it is not UTF-8")) from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as problem:
        raise Refusal(refused, file=file, reason=" ".join(str(problem).split())) from None
    if not _within(content):
        raise too_large
    return content


def _within(content: Any) -> bool:
    """Whether it stays small when every alias is written out: a few lines of them can stand for gigabytes."""
    waiting, seen = [content], 0
    while waiting:
        one = waiting.pop()
        seen += 1
        if seen > MOST_VALUES:
            return False
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list | tuple | set):
            waiting += one
    return True
