"""`backup`, `restore`, `check`, `accept-loss`: the data kept safe, brought back, looked through; a loss accepted."""

from __future__ import annotations

from pathlib import Path

import click

from fieldapp import audit, config
from fieldapp.cli.program import FILE_PATH, clock, main, opened, writing
from fieldapp.errors import Refusal, say
from fieldapp.evidence import shelf
from fieldapp.exporting import papers
from fieldapp.keeping import backups, losses, restoring, soundness
from fieldapp.keeping.archives import STORE
from fieldapp.keeping.restores import Restored
from fieldapp.speaking import argument, option
from fieldapp.units import Unit
from sync.files import Shelf

FILE = argument("file", vi="TỆP", en="FILE", type=FILE_PATH)
DESPITE = option("--despite-faults", is_flag=True, vi="vẫn làm dù có chỗ sai", en="go on although there are faults")


def _name_fault(fault: str) -> None:
    click.echo(f"- {fault}", err=True)


@main.command(
    vi="Sao lưu tất cả vào một tệp rồi mở lại kiểm tra; máy chủ cứ chạy.",
    en="Write everything into one file and verify it; the server may go on.",
)
@FILE
@DESPITE
def backup(file: Path, despite_faults: bool) -> None:
    with opened() as (db, _):
        made = backups.archive(
            db, config.data_folder(), file, clock()(), actor=audit.COMMAND_LINE, despite_faults=despite_faults
        )
    for fault in made.faults:
        _name_fault(fault)
    if made.faults and not despite_faults:
        raise Refusal("backup_faulty", file=file.name, faults=len(made.faults))
    size = f"{backups.sized(made.size_bytes)}, {made.files}"
    if made.faults:
        click.echo(
            say(f"Đã ghi {file}: {size} tệp, kèm các chỗ sai trên.", f"Wrote {file}: {size} files, faults and all.")
        )
        return
    click.echo(
        say(
            f"Đã sao lưu vào {file}: {size} tệp; đã mở lại kiểm tra, còn nguyên.",
            f"Backed up to {file}: {size} files; opened again and found whole.",
        )
    )


@main.command(
    vi="Thay dữ liệu bằng một bản sao lưu; máy chủ phải dừng.",
    en="Put a backup in the place of the data; the server must be stopped.",
)
@FILE
@DESPITE
def restore(file: Path, despite_faults: bool) -> None:
    data = config.data_folder()
    folder = config.backup_folder(data)
    restored = restoring.restore(file, data, folder, clock(), tell=_name_fault, despite_faults=despite_faults)
    with opened() as (_, unit):
        click.echo("\n".join(_told(restored, unit, data)))
    if restored.lost and restored.lost.safe > restored.seq:
        click.echo(
            say(
                "Chú ý: đã có bản sao lưu mới hơn bản này. Điện thoại có thể đã bỏ bớt những gì nằm trong bản đó;"
                " nếu còn giữ, hãy khôi phục lại từ nó.",
                "Note: there was a newer verified backup. Phones may have dropped what that one holds; if it is still"
                " there, restore from it instead.",
            ),
            err=True,
        )


def _told(restored: Restored, unit: Unit, data: Path) -> list[str]:
    taken = _local(restored.taken_at, unit)
    lines = [
        say(
            f"Đã khôi phục dữ liệu của {unit.full_name} từ {restored.file} (sao lưu lúc {taken}).",
            f"Restored the data of {unit.full_name} from {restored.file} (taken {taken}).",
        ),
        say(
            "Chạy máy chủ lại; điện thoại tự gửi lại những gì đang giữ. Trang Sao lưu cho biết gì đã về,"
            " gì văn phòng phải làm lại.",
            "Start the server; phones offer again what they hold. The page Sao lưu tells what came back, and what the"
            " office has to do again.",
        ),
    ]
    replaced = data / backups.REPLACED
    if replaced.exists():
        days = backups.REPLACED_KEPT.days
        lines.insert(
            1,
            say(
                f"Dữ liệu trước đó còn giữ ở {replaced} trong {days} ngày.",
                f"What was there before is kept as {replaced} for {days} days.",
            ),
        )
    return lines


def _local(moment: str, unit: Unit) -> str:
    return papers.instant_text(unit, moment) or say("không rõ lúc nào", "at an unknown time")


@main.command(
    vi="Soát dữ liệu: cơ sở dữ liệu, tệp, nhật ký, bản đã ký.",
    en="Look the data through: database, files, audit trail, signed records.",
)
def check() -> None:
    data = config.data_folder()
    with opened() as (db, unit):
        if restoring.tidy(data):
            click.echo(restoring.cut_off(), err=True)
        found = list(soundness.faults(db, shelf(data)))
        for fault in found:
            _name_fault(fault)
        if found:
            raise Refusal("check_failed", faults=len(found))
        click.echo(soundness.told(db, unit.full_name))


@main.command(
    name="accept-loss",
    vi="Chấp nhận một tệp đã mất hẳn, để bản sao lưu lại được tính là nguyên vẹn.",
    en="Accept that a file is gone for good, so that backups verify again without it.",
)
@argument("sha256", vi="MÃ_TỆP", en="SHA256")
@option(
    "--reason", vi="vì sao không còn; ghi trên bản ghi và nhật ký", en="why; told on the record and in the audit trail"
)
def accept_loss(sha256: str, reason: str | None) -> None:
    data = config.data_folder()
    with opened() as (db, _), writing(db) as tx:
        shelves = (shelf(data), Shelf(config.backup_folder(data) / STORE))
        losses.accept(tx, audit.COMMAND_LINE, sha256, reason or "", shelves)
    click.echo(
        say(
            f"Đã ghi tệp {sha256} là đã mất. Hãy sao lưu lại.",
            f"Noted the file {sha256} as lost. Make a backup again.",
        )
    )
