"""A phone newer than its server loses nothing: what the server does not know yet is kept, and applied once it does."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from fieldapp import exchange
from fieldapp.app import create_app
from fieldapp.config import Config
from fieldapp.exchange.inspection import InspectionKind
from fieldapp.units import Unit
from fieldapp.views import sync as wire_views
from sync.kinds import Kind
from tests.phones import Commune, WirePhone, wire_op
from tests.wire.reading import verdict

Known = Callable[[Unit, datetime], dict[str, Kind]]


@pytest.fixture
def older_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that has never heard of drafts."""
    monkeypatch.setattr(wire_views.exchange, "kinds", _without_drafts(exchange.kinds))


def _without_drafts(kinds: Known) -> Known:
    return lambda unit, now: {name: kind for name, kind in kinds(unit, now).items() if name != "draft"}


def upgrade(commune: Commune, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    config = Config(commune.folder, "a secret of tests", sign_in_limit="10 per 5 minutes", testing=True)
    commune.app = create_app(config, commune.clock)


@pytest.mark.usefixtures("older_server")
def test_a_kind_that_an_older_server_does_not_know_is_applied_after_its_upgrade(
    phone: WirePhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = str(uuid.uuid4())
    first, other = phone.draft(x, note="một"), phone.draft(str(uuid.uuid4()), note="khác")
    newer = phone.draft(x, over=[first.op], note="một hai")
    assert [verdict(r) for r in phone.receipts(first, other)] == [("quarantined", "unknown_kind")] * 2
    assert phone.receipts(phone.inspection(), newer)[1]["decision"] is None
    upgrade(phone.commune, monkeypatch)
    assert [r["decision"] for r in phone.receipts(first, other, newer)] == ["applied"] * 3
    assert phone.drafts() == {x: "một hai", other.id: "khác"}


def test_a_newer_version_of_a_body_is_applied_after_the_upgrade(
    phone: WirePhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = phone.inspection().line
    op = wire_op("inspection", line, ver=2)
    assert verdict(phone.receipts(op)[0]) == ("quarantined", "version_too_new")
    upgrade(phone.commune, monkeypatch)
    assert phone.receipts(op)[0]["decision"] is None  # this server does not know it yet either
    monkeypatch.setattr(InspectionKind, "newest_version", 2)
    config = Config(phone.commune.folder, "a secret of tests", testing=True)
    phone.commune.app = create_app(config, phone.commune.clock)
    assert phone.receipts(op)[0]["decision"] == "applied"
    assert phone.commune.ask("SELECT id FROM inspection") == [(op.id,)]


@pytest.mark.usefixtures("older_server")
def test_what_is_understood_and_still_wrong_goes_on_waiting_for_the_office(
    phone: WirePhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad: dict[str, Any] = {"id": "x", "over": []}
    op = wire_op("draft", bad)
    phone.receipts(op)
    upgrade(phone.commune, monkeypatch)
    assert phone.receipts(op)[0]["decision"] is None
    assert phone.commune.ask("SELECT body FROM quarantine") == [(op.line,)]
