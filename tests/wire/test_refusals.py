"""Every refusal in its one shape; many at once."""

from __future__ import annotations

import gzip
import sqlite3
import threading
from typing import Any

import pytest

from fieldapp import establishments, inspections, people
from fieldapp.audit import Actor
from fieldapp.errors import CATALOGUE, Refusal
from sync import errors, history, wire
from sync.files import MAX_FILE_BYTES
from tests.cast import NOW
from tests.phones import Commune, WirePhone, add_establishment, wire_op
from tests.wire.reading import code, put


def test_a_full_database_answers_507_and_rolls_back(phone: WirePhone, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(inspections, "record_inspection", full)
        answer = phone.push(phone.inspection(), phone.commitment())
    assert code(answer) == (507, "storage_full")
    assert phone.commune.ask("SELECT count(*) FROM receipt") == [(0,)]


def test_a_full_disk_keeps_no_phone_from_reading(phone: WirePhone, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with phone.commune.writing() as tx:
        establishments.change(tx, Actor(""), phone.commune.establishment(), {"status": "closed"})
    monkeypatch.setattr(people, "note_seen", full)
    monkeypatch.setattr("fieldapp.exchange.tell_scope", full)
    assert phone.call("GET", "status").status_code == 200
    body = next(c["body"] for c in put(phone.changes(), "establishment") if c["id"] == phone.commune.establishment())
    assert body["phone"] == ""


def test_a_locked_database_answers_503_with_a_time_to_wait(phone: WirePhone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fieldapp.database.BUSY_TIMEOUT_S", 0.05)
    blocker = sqlite3.connect(phone.commune.folder / "fieldapp.sqlite", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    answer = phone.push(phone.inspection())
    blocker.close()
    assert code(answer) == (503, "busy")
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json["error"]["retry"] is True


def test_an_unexpected_failure_has_the_same_shape(phone: WirePhone, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret details")

    monkeypatch.setattr("sync.receive.receive", broken)
    answer = phone.push(phone.inspection())
    assert code(answer) == (500, "unexpected")
    assert answer.json["error"]["retry"] is True
    assert "secret" not in answer.text
    assert answer.json["error"]["message"] == Refusal("unexpected").message("vi")
    monkeypatch.setenv("FIELDAPP_LANG", "en")
    assert phone.push(phone.inspection()).json["error"]["message"] == Refusal("unexpected").message("en")


def test_what_is_malformed_stores_nothing(phone: WirePhone) -> None:
    data = phone.message(phone.inspection(), phone.commitment())
    for broken in (data[:-20], data[:100], b"", data.replace(b"team_178", b"team_179"), b"<html>Wi-Fi</html>"):
        answer = phone.call("POST", "push", data=broken)
        assert code(answer) == (400, "malformed")
        assert answer.json["error"]["retry"] is True
    packed = gzip.compress(data)
    for broken in (packed[:-5], packed + b"x", data):
        assert code(phone.call("POST", "push", data=broken, headers={"Content-Encoding": "gzip"})) == (400, "malformed")
    assert phone.commune.ask("SELECT count(*) FROM receipt") == [(0,)]


def test_too_large_a_push_tells_the_limits(phone: WirePhone) -> None:
    many = [wire_op("inspection", {"id": str(n)}) for n in range(201)]
    answer = phone.push(*many)
    assert (code(answer), answer.json["error"]["fields"]) == ((413, "push_too_large"), {"ops": 200})
    assert answer.json["error"]["retry"] is False
    answer = phone.push(wire_op("inspection", b"x" * (2**20 + 1)))
    assert (code(answer), answer.json["error"]["fields"]) == ((413, "push_too_large"), {"body_bytes": 2**20})
    big = [wire_op("inspection", b"x" * 2**20) for _ in range(2)]
    for packed in (False, True):
        answer = phone.push(*big, packed=packed)
        assert (code(answer), answer.json["error"]["fields"]) == ((413, "push_too_large"), {"bytes": 2**21})
    answer = phone.call("POST", "push", data=b"x" * 30_000_000)
    assert code(answer) == (413, "push_too_large")


def test_another_protocol_and_another_device_are_told(phone: WirePhone) -> None:
    answer = phone.push(v=2)
    assert (code(answer), answer.json["error"]["fields"]) == ((426, "protocol"), {"protocols": [1]})
    assert code(phone.pull(v=2)) == (426, "protocol")
    assert code(phone.push(device="another")) == (403, "device_mismatch")
    assert code(phone.pull(device="another")) == (403, "device_mismatch")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "push"), ("GET", "nothing/here"), ("DELETE", "status"), ("POST", "files")]
)
def test_what_is_not_on_the_wire_is_refused_in_the_same_shape(phone: WirePhone, method: str, path: str) -> None:
    assert code(phone.call(method, path)) == (404, "not_found")


def test_every_refusal_of_the_engine_is_in_the_catalogue() -> None:
    assert set(errors.CODES) <= CATALOGUE.keys()
    assert [CATALOGUE[c].status for c in ("malformed", "protocol", "push_too_large", "device_mismatch")] == [
        400,
        426,
        413,
        403,
    ]
    assert [CATALOGUE[c].status for c in ("file_too_large", "digest_mismatch", "file_type")] == [413, 422, 415]
    assert [CATALOGUE[c].status for c in ("sign_in", "sign_in_failed", "too_many_attempts")] == [401, 401, 429]
    assert [CATALOGUE[c].status for c in ("device_revoked", "busy", "storage_full")] == [403, 503, 507]


def test_two_phones_that_push_at_once_are_both_taken_in(commune: Commune) -> None:
    phones = [commune.phone("binh"), commune.phone("hoa")]
    batches = {p.device: [[p.inspection() for _ in range(10)] for _ in range(3)] for p in phones}
    answers: list[int] = []

    def work(phone: WirePhone) -> None:
        answers.extend(phone.push(*batch).status_code for batch in batches[phone.device])

    threads = [threading.Thread(target=work, args=(phone,)) for phone in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 6
    assert commune.ask("SELECT count(*), count(DISTINCT number) FROM inspection") == [(60, 60)]
    seqs = [row[0] for row in commune.ask("SELECT seq FROM commit_log ORDER BY seq")]
    assert seqs == list(range(1, len(seqs) + 1))


def test_the_wire_s_limits_are_those_of_the_contract() -> None:
    assert (wire.MAX_OPS, wire.MAX_PUSH_BYTES, wire.MAX_BODY_BYTES, MAX_FILE_BYTES) == (200, 2**21, 2**20, 2**22)
    assert history.CHANGES_A_POINT == 200
    assert NOW.tzinfo is not None


def test_a_new_establishment_of_the_office_is_told(phone: WirePhone) -> None:
    first = phone.pull().json
    phone.mark = first["mark"]
    with phone.commune.writing() as tx:
        place = add_establishment(tx, 3)
    assert [c["id"] for c in phone.changes(cursor=first["cursor"])] == [place.id]
