"""Sao lưu: where the backups stand, one more now, and what is to be done after a restore.

No backup is handed out here: it holds every record and person, and the administrator sees no case data. Whoever runs
the server copies the folder, or makes a file with `fieldapp backup`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp import evidence, people
from fieldapp.clock import parse_instant
from fieldapp.config import Config
from fieldapp.errors import Refusal
from fieldapp.forms import Reason
from fieldapp.keeping import backups, losses, restores
from fieldapp.keeping.archives import STORE
from fieldapp.keeping.backups import Standing
from fieldapp.keeping.daily import DailyBackup
from fieldapp.views import words
from fieldapp.views.request import account, actor, db, for_roles, now, writing
from sync import signed
from sync.files import Shelf

blueprint = Blueprint("backups", __name__, url_prefix="/backups")
TOLD = ("admin", "officer", "leader")
OLD_AFTER = timedelta(days=2)


@dataclass(frozen=True)
class Notice:
    """What about backups concerns everybody in the office. address: where to go on, '' = tell the administrator."""

    tone: str
    text: str
    address: str
    link: str


def notice() -> Notice | None:
    """The one thing about backups that the office should know now, or None."""
    if account().role not in TOLD:
        return None
    restored = restores.unseen(db())
    if restored:
        text = f"Dữ liệu đã được khôi phục từ bản sao lưu lúc {words.moment_text(restored.taken_at or restored.at)}."
        return Notice("warn", text, url_for("backups.restored_page"), "Xem gì đã về, việc gì phải làm lại")
    wrong = _wrong(_standing())
    if wrong is None:
        return None
    is_admin = account().role == "admin"
    address = url_for("backups.page") if is_admin else ""
    return Notice("late", wrong, address, "Mở trang Sao lưu" if is_admin else "Hãy báo người quản trị")


def _wrong(standing: Standing) -> str | None:
    """What is wrong with the backups, as a sentence."""
    last = standing.verified
    if standing.failed:
        since = f"Bản gần nhất: {words.moment_text(last['at'])}." if last else "Chưa có bản nào."
        return f"Sao lưu chưa làm được từ {words.moment_text(standing.failed['at'])}. {since}"
    if last and now() - parse_instant(last["at"]) > OLD_AFTER:
        return f"Bản sao lưu gần nhất đã cũ: {words.moment_text(last['at'])}."
    return None


def _config() -> Config:
    config: Config = current_app.config["SETTINGS"]
    return config


def _daily() -> DailyBackup | None:
    """The thread of the running server; None where the application runs without one."""
    thread: DailyBackup | None = current_app.extensions.get("fieldapp_daily")
    return thread


def _standing() -> Standing:
    found, thread = backups.standing(db(), _config().backup_folder), _daily()
    if thread and thread.failure and not found.failed:  # a full disk could not note it
        when, why = thread.failure
        return Standing(found.verified, {"at": when.isoformat(), "why": why}, found.kept, found.free_bytes)
    return found


@blueprint.get("")
@for_roles("admin")
def page() -> ResponseReturnValue:
    return _page(Reason())


def _page(reason: Reason, asked: str = "") -> str:
    """asked: the file whose loss was to be accepted, for a reason that does not do."""
    thread = _daily()
    return render_template(
        "backups/page.html", standing=_standing(), running=thread is not None and thread.running, config=_config(),
        kept=[_row(file) for file in _standing().kept], sized=backups.sized, gone=_gone(), reason=reason, asked=asked,
    )  # fmt: skip


def _gone() -> dict[str, list[tuple[str, str]]]:
    """The files that the last backup found nowhere and nobody has accepted as lost: sha256 -> records that name it."""
    failed = _standing().failed or {}
    return {
        sha256: [(words.OBJECTS.get(kind, kind), record_id[:8]) for kind, record_id in signed.uses(db(), sha256)]
        for sha256 in failed.get("gone", ())
        if losses.read(db(), sha256) is None
    }


def _row(file: Path) -> dict[str, Any]:
    return {"name": file.name, "size_bytes": file.stat().st_size, "at": backups.taken_at(file)}


@blueprint.post("/take")
@for_roles("admin")
def take() -> ResponseReturnValue:
    """Make a backup now: by the server's thread, so that nobody waits for it in front of a page that loads."""
    thread = _daily()
    if thread:
        thread.ask(actor())
        flash("Đang sao lưu. Công việc khác cứ làm; tải lại trang này sau ít phút để xem kết quả.")
    else:
        _take_here()
    return redirect(url_for(".page"))


def _take_here() -> None:
    config = _config()
    try:
        made = backups.take(
            db(), config.data, config.backup_folder, now(), actor=actor(), days=config.backup_days,
            weeks=config.backup_weeks,
        )  # fmt: skip
    except Refusal as refusal:
        flash(refusal.message(), "late")
        return
    if made.faults:
        flash(f"Bản sao lưu có chỗ sai nên chưa dùng được: {made.faults[0]}", "late")
    else:
        flash("Đã sao lưu, mở lại kiểm tra: còn nguyên.")


@blueprint.post("/lost")
@for_roles("admin")
def accept_loss() -> ResponseReturnValue:
    """A file that is gone for good is accepted as lost, so that backups verify again without it."""
    config, form, sha256 = _config(), Reason(), request.form.get("file", "")
    if not form.validate():
        return _page(form, sha256), 422
    shelves = (evidence.shelf(config.data), Shelf(config.backup_folder / STORE))
    with writing() as tx:
        losses.accept(tx, actor(), sha256, form.reason.data or "", shelves)
    flash("Đã ghi là đã mất, kèm lý do trên bản ghi. Hãy sao lưu lại.")
    return redirect(url_for(".page"))


@blueprint.get("/restored")
@for_roles(*TOLD)
def restored_page() -> ResponseReturnValue:
    """What came back from phones since the last restore, and what has to be done again."""
    restored = restores.newest(db())
    if restored is None:
        return render_template("backups/never.html")
    phones = {phone["id"]: phone for phone in people.devices(db())}
    lost = restored.lost
    revived = [phones[one] for one in lost.revived if one in phones] if lost else list(phones.values())
    return render_template(
        "backups/restored.html", restored=restored, lost=lost, came_back=restores.came_back(db(), restored),
        phones=phones, people=people.names(db()), deeds=words.DEEDS, kinds=words.OBJECTS,
        shut=revived,
        closed=[people.account_by_id(db(), one) for one in lost.reopened] if lost else [],
    )  # fmt: skip


@blueprint.post("/restored/seen")
@for_roles(*TOLD)
def seen() -> ResponseReturnValue:
    restored = restores.unseen(db())
    if restored:
        with writing() as tx:
            restores.settle(tx, actor(), restored)
        flash("Đã ghi: việc sau khôi phục đã làm xong. Trang này vẫn mở được ở Quản trị, mục Sao lưu.")
    return redirect(url_for(".restored_page"))
