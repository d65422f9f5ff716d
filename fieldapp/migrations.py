"""The commune's tables. Append-only: a released migration never changes; each runs in one transaction.

Days are TEXT `YYYY-MM-DD` in the commune's time zone (`*_on`), instants TEXT in UTC (`*_at`), lists and bodies JSON.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlite_utils import Database, Migrations

migrations = Migrations("fieldapp")


@migrations()
def m001_unit_and_people(db: Database) -> None:
    db.execute(
        """CREATE TABLE unit (
             one INTEGER PRIMARY KEY CHECK (one = 1), code TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
             province TEXT NOT NULL, area_word TEXT NOT NULL, team_name TEXT NOT NULL, office_name TEXT NOT NULL,
             contact TEXT NOT NULL, recipients TEXT NOT NULL, bodies TEXT NOT NULL, time_zone TEXT NOT NULL,
             is_demo INTEGER NOT NULL DEFAULT 0) STRICT"""
    )
    db.execute(
        """CREATE TABLE account (
             id TEXT PRIMARY KEY, username TEXT NOT NULL UNIQUE, name TEXT NOT NULL, position TEXT NOT NULL DEFAULT '',
             role TEXT NOT NULL CHECK (role IN ('admin', 'officer', 'leader', 'inspector', 'viewer')),
             body TEXT NOT NULL, password_hash TEXT NOT NULL, session_key TEXT NOT NULL, created_at TEXT NOT NULL,
             closed_at TEXT) STRICT"""
    )
    db.execute(
        """CREATE TABLE device (
             id TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES account, name TEXT NOT NULL,
             enrolled_at TEXT NOT NULL, seen_at TEXT NOT NULL, app TEXT NOT NULL DEFAULT '') STRICT"""
    )
    # A phone may be shared: one token for each person on it. A revoked token may still hand in what it holds.
    db.execute(
        """CREATE TABLE token (
             hash TEXT PRIMARY KEY, device TEXT NOT NULL REFERENCES device, account TEXT NOT NULL REFERENCES account,
             issued_at TEXT NOT NULL, revoked_at TEXT, UNIQUE (device, account)) STRICT, WITHOUT ROWID"""
    )
    db.execute(
        """CREATE TABLE audit (
             number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, account TEXT NOT NULL, device TEXT NOT NULL,
             action TEXT NOT NULL, kind TEXT NOT NULL, object TEXT NOT NULL, reason TEXT NOT NULL,
             details TEXT NOT NULL,
             previous TEXT NOT NULL, hash TEXT NOT NULL) STRICT"""
    )
    db.execute("CREATE INDEX audit_of_object ON audit (kind, object)")


@migrations()
def m002_register(db: Database) -> None:
    db.execute(
        """CREATE TABLE area (
             id TEXT PRIMARY KEY, name TEXT NOT NULL, folded TEXT NOT NULL UNIQUE,
             is_border_area INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID"""
    )
    db.execute(
        """CREATE TABLE business_entity (
             id TEXT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, registration_code TEXT NOT NULL,
             folded TEXT NOT NULL) STRICT, WITHOUT ROWID"""
    )
    db.execute("CREATE INDEX business_entity_folded ON business_entity (folded)")
    db.execute("CREATE INDEX business_entity_code ON business_entity (registration_code) WHERE registration_code <> ''")
    db.execute(
        """CREATE TABLE establishment (
             id TEXT PRIMARY KEY, code TEXT NOT NULL UNIQUE, name TEXT NOT NULL, type TEXT NOT NULL,
             address TEXT NOT NULL DEFAULT '', area TEXT REFERENCES area, entity TEXT REFERENCES business_entity,
             representative TEXT NOT NULL DEFAULT '', representative_role TEXT NOT NULL DEFAULT '',
             phone TEXT NOT NULL DEFAULT '', rooms INTEGER, employees INTEGER, employees_with_contract INTEGER,
             status TEXT NOT NULL DEFAULT 'operating' CHECK (status IN ('operating', 'suspended', 'closed')),
             review_state TEXT NOT NULL DEFAULT 'managed'
               CHECK (review_state IN ('identified', 'reviewed', 'classified', 'managed')),
             managed_since TEXT, managed_until TEXT, security_conditional INTEGER NOT NULL DEFAULT 0,
             latitude REAL, longitude REAL, note TEXT NOT NULL DEFAULT '',
             search TEXT NOT NULL, same_as TEXT NOT NULL, created_at TEXT NOT NULL, created_by TEXT NOT NULL) STRICT"""
    )
    db.execute("CREATE INDEX establishment_same_as ON establishment (same_as)")
    db.execute("CREATE INDEX establishment_entity ON establishment (entity)")
    db.execute("CREATE INDEX establishment_area ON establishment (area)")
    db.execute(
        """CREATE TABLE licence (
             establishment TEXT NOT NULL REFERENCES establishment, kind TEXT NOT NULL, number TEXT NOT NULL,
             issued_on TEXT, expires_on TEXT, PRIMARY KEY (establishment, kind, number)) STRICT, WITHOUT ROWID"""
    )
    db.execute(
        """CREATE TABLE checklist (
             id TEXT PRIMARY KEY, version TEXT NOT NULL, content TEXT NOT NULL, added_at TEXT NOT NULL,
             current INTEGER NOT NULL DEFAULT 0) STRICT"""
    )


@migrations()
def m003_field_work(db: Database) -> None:
    db.execute(
        """CREATE TABLE inspection (
             id TEXT PRIMARY KEY, number TEXT NOT NULL UNIQUE, establishment TEXT NOT NULL REFERENCES establishment,
             kind TEXT NOT NULL, mode TEXT NOT NULL, outcome TEXT NOT NULL, bodies TEXT NOT NULL,
             inspected_on TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT, checklist TEXT,
             compliant INTEGER NOT NULL, noncompliant INTEGER NOT NULL, not_applicable INTEGER NOT NULL,
             not_examined INTEGER NOT NULL, author TEXT NOT NULL, received_at TEXT NOT NULL, skew_s INTEGER,
             amends TEXT, amended_by TEXT, commitment TEXT,
             state TEXT NOT NULL CHECK (state IN ('received', 'accepted', 'returned', 'voided')),
             remark TEXT NOT NULL DEFAULT '', decided_by TEXT, decided_at TEXT) STRICT"""
    )
    db.execute("CREATE TABLE inspection_number (year INTEGER PRIMARY KEY, last INTEGER NOT NULL) STRICT")
    db.execute("CREATE INDEX inspection_of_establishment ON inspection (establishment, inspected_on)")
    db.execute("CREATE INDEX inspection_amends ON inspection (amends) WHERE amends IS NOT NULL")
    db.execute("CREATE INDEX inspection_state ON inspection (state, received_at)")
    db.execute(
        """CREATE TABLE finding (
             id TEXT PRIMARY KEY, inspection TEXT NOT NULL REFERENCES inspection,
             establishment TEXT NOT NULL REFERENCES establishment, item TEXT NOT NULL, text TEXT NOT NULL,
             note TEXT NOT NULL, due_on TEXT NOT NULL, follow_up TEXT NOT NULL, urgent INTEGER NOT NULL,
             refer INTEGER NOT NULL,
             state TEXT NOT NULL CHECK (state IN ('open', 'submitted', 'closed', 'extended', 'referred', 'withdrawn')))
           STRICT"""
    )
    db.execute("CREATE INDEX finding_of_establishment ON finding (establishment, state, due_on)")
    db.execute("CREATE INDEX finding_of_inspection ON finding (inspection)")
    db.execute(
        """CREATE TABLE commitment (
             id TEXT PRIMARY KEY, establishment TEXT NOT NULL REFERENCES establishment, inspection TEXT,
             template TEXT NOT NULL, signer TEXT NOT NULL, capacity TEXT NOT NULL, signed_on TEXT NOT NULL,
             valid_until TEXT NOT NULL, refused INTEGER NOT NULL, author TEXT NOT NULL, received_at TEXT NOT NULL,
             state TEXT NOT NULL CHECK (state IN ('in_force', 'superseded', 'breached', 'refused'))) STRICT"""
    )
    db.execute("CREATE INDEX commitment_of_establishment ON commitment (establishment, state, valid_until)")
    # The yearly ledger: one row for each record of a visit, whoever made it. counts = 1 while the record stands,
    # was conducted and on site; the rules beyond that are coverage.py's.
    db.execute(
        """CREATE TABLE visit (
             id TEXT PRIMARY KEY, establishment TEXT NOT NULL REFERENCES establishment, visited_on TEXT NOT NULL,
             bodies TEXT NOT NULL, kind TEXT NOT NULL, mode TEXT NOT NULL, outcome TEXT NOT NULL,
             document_no TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '',
             source TEXT NOT NULL CHECK (source IN ('inspection', 'imported', 'typed', 'as_told')),
             inspection TEXT UNIQUE REFERENCES inspection, same_as TEXT UNIQUE,
             stands INTEGER NOT NULL DEFAULT 1, counts INTEGER NOT NULL, recorded_at TEXT NOT NULL) STRICT"""
    )
    db.execute("CREATE INDEX visit_of_establishment ON visit (establishment, visited_on)")
    db.execute("CREATE INDEX visit_counting ON visit (visited_on, establishment, bodies, kind) WHERE counts = 1")


@migrations()
def m004_enrolment_codes(db: Database) -> None:
    """A one-time code stands in for the password when a phone signs in; at most one waits for each account."""
    db.execute(
        """CREATE TABLE enrolment_code (
             account TEXT PRIMARY KEY REFERENCES account, hash TEXT NOT NULL UNIQUE, expires_at TEXT NOT NULL)
           STRICT, WITHOUT ROWID"""
    )


@migrations()
def m007_finding_events_and_repairs(db: Database) -> None:
    """What happens to findings after the visit; what the office mended of a record, beside what was signed."""
    # origin: the inspection with which the chain of amendments began, so that an amendment's findings go on where
    # those that they replace had come to.
    db.execute("ALTER TABLE finding ADD COLUMN first_due_on TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE finding ADD COLUMN closed_on TEXT")
    db.execute("ALTER TABLE finding ADD COLUMN origin TEXT NOT NULL DEFAULT ''")
    db.execute(
        """WITH RECURSIVE chain (id, origin) AS (
             SELECT id, id FROM inspection WHERE amends IS NULL OR amends NOT IN (SELECT id FROM inspection)
             UNION SELECT inspection.id, chain.origin FROM inspection JOIN chain ON inspection.amends = chain.id)
           UPDATE finding SET first_due_on = due_on,
             origin = coalesce((SELECT origin FROM chain WHERE chain.id = finding.inspection), inspection)"""
    )
    db.execute("CREATE INDEX finding_story ON finding (origin, item)")
    db.execute("CREATE INDEX finding_due ON finding (due_on)")
    db.execute(
        """CREATE TABLE finding_event (
             id TEXT PRIMARY KEY, finding TEXT NOT NULL REFERENCES finding, origin TEXT NOT NULL, item TEXT NOT NULL,
             establishment TEXT NOT NULL REFERENCES establishment,
             event TEXT NOT NULL CHECK (event IN ('evidence', 'closed', 'extended', 'referred', 'reopened')),
             at TEXT NOT NULL, happened_on TEXT NOT NULL, how TEXT NOT NULL, conclusion TEXT NOT NULL, due_on TEXT,
             note TEXT NOT NULL, document_no TEXT NOT NULL, visit TEXT, author TEXT NOT NULL, recorded_at TEXT NOT NULL)
           STRICT"""
    )
    db.execute("CREATE INDEX finding_event_story ON finding_event (origin, item)")
    db.execute("CREATE INDEX finding_event_of_establishment ON finding_event (establishment)")


@migrations()
def m007b_settled_days(db: Database) -> None:
    """The day on which the office holds that a visit took place, where a phone was wrong: inspected_on is then
    that day, day_as_signed the one by the phone."""
    for column in ("day_as_signed", "day_reason", "day_by", "day_at"):
        db.execute(f"ALTER TABLE inspection ADD COLUMN {column} TEXT")


@migrations()
def m009_activities_teams_sanctions(db: Database) -> None:
    """Communication in counts, the team by decision, decisions on establishments; each row stands as it was entered."""
    # reached: JSON, establishment id -> workers reached there. A mistake is voided by an event; the row never changes.
    db.execute(
        """CREATE TABLE activity (
             id TEXT PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('session', 'post')), held_on TEXT NOT NULL,
             area TEXT REFERENCES area, form TEXT NOT NULL, topic TEXT NOT NULL DEFAULT '', headcount INTEGER,
             reached TEXT NOT NULL, author TEXT NOT NULL, source TEXT NOT NULL CHECK (source IN ('office', 'phone')),
             recorded_at TEXT NOT NULL) STRICT"""
    )
    db.execute("CREATE INDEX activity_held ON activity (held_on)")
    db.execute(
        """CREATE TABLE activity_void (
             activity TEXT PRIMARY KEY REFERENCES activity, reason TEXT NOT NULL, account TEXT NOT NULL,
             at TEXT NOT NULL) STRICT, WITHOUT ROWID"""
    )
    db.execute(
        """CREATE TABLE team (
             id TEXT PRIMARY KEY, decision_no TEXT NOT NULL, decided_on TEXT NOT NULL, valid_from TEXT NOT NULL,
             valid_until TEXT, members TEXT NOT NULL, recorded_at TEXT NOT NULL, voided_at TEXT) STRICT"""
    )
    # Measures are kinds of measures: never amounts, never persons.
    db.execute(
        """CREATE TABLE sanction (
             id TEXT PRIMARY KEY, establishment TEXT NOT NULL REFERENCES establishment, number TEXT NOT NULL,
             decided_on TEXT NOT NULL, authority TEXT NOT NULL, measures TEXT NOT NULL, due_on TEXT NOT NULL,
             recorded_at TEXT NOT NULL) STRICT"""
    )
    db.execute("CREATE INDEX sanction_of_establishment ON sanction (establishment)")
    db.execute(
        """CREATE TABLE sanction_event (
             number INTEGER PRIMARY KEY AUTOINCREMENT, sanction TEXT NOT NULL REFERENCES sanction,
             kind TEXT NOT NULL CHECK (kind IN ('complied', 'not_complied', 'extended', 'revoked', 'voided')),
             happened_on TEXT NOT NULL, due_on TEXT, document_no TEXT NOT NULL, reason TEXT NOT NULL,
             account TEXT NOT NULL, at TEXT NOT NULL) STRICT"""
    )
    db.execute("CREATE INDEX sanction_event_of ON sanction_event (sanction, number)")
    # Read by leader and officer only; in no body for phones, on no public list.
    db.execute(
        """CREATE TABLE complexity (
             id TEXT PRIMARY KEY, establishment TEXT NOT NULL REFERENCES establishment,
             level TEXT NOT NULL CHECK (level IN ('normal', 'watch', 'complex')), authority TEXT NOT NULL,
             document_no TEXT NOT NULL, classified_on TEXT NOT NULL, expires_on TEXT NOT NULL,
             recorded_at TEXT NOT NULL, voided_at TEXT) STRICT"""
    )
    db.execute("CREATE INDEX complexity_of_establishment ON complexity (establishment, classified_on)")


@migrations()
def m008_plans(db: Database) -> None:
    """Plans, their targets as data, and the figures that somebody types because no record holds them."""
    db.execute(
        """CREATE TABLE plan (
             id TEXT PRIMARY KEY, title TEXT NOT NULL, number TEXT NOT NULL, level TEXT NOT NULL, note TEXT NOT NULL,
             conflict TEXT NOT NULL, starts_on TEXT NOT NULL, ends_on TEXT NOT NULL, reports TEXT NOT NULL,
             active INTEGER NOT NULL DEFAULT 0, changed_at TEXT NOT NULL) STRICT, WITHOUT ROWID"""
    )
    db.execute("CREATE UNIQUE INDEX plan_active ON plan (active) WHERE active = 1")
    # definition: JSON, as plans.Target; nothing asks for its parts
    db.execute(
        """CREATE TABLE target (
             plan TEXT NOT NULL REFERENCES plan, id TEXT NOT NULL, position INTEGER NOT NULL, definition TEXT NOT NULL,
             PRIMARY KEY (plan, id)) STRICT, WITHOUT ROWID"""
    )
    # a typed figure outlives an edit of its target: the plan may be imported again
    db.execute(
        """CREATE TABLE manual_figure (
             number INTEGER PRIMARY KEY AUTOINCREMENT, plan TEXT NOT NULL REFERENCES plan, target TEXT NOT NULL,
             figure_on TEXT NOT NULL, numerator INTEGER NOT NULL, denominator INTEGER, source TEXT NOT NULL,
             author TEXT NOT NULL, typed_at TEXT NOT NULL) STRICT"""
    )
    db.execute("CREATE INDEX manual_figure_of ON manual_figure (plan, target, figure_on)")


@migrations()
def m010_schedule(db: Database) -> None:
    """Who is due when; second visits of a year with their reasons; records that were one visit; legal references."""
    db.execute(
        """CREATE TABLE schedule (
             id TEXT PRIMARY KEY, name TEXT NOT NULL, starts_on TEXT NOT NULL, ends_on TEXT NOT NULL,
             is_campaign INTEGER NOT NULL DEFAULT 0, document_no TEXT NOT NULL DEFAULT '', created_at TEXT NOT NULL)
           STRICT"""
    )
    # since: visits from this day on fulfil the entry. approved_at: phones hold only what the leader has approved.
    db.execute(
        """CREATE TABLE schedule_entry (
             id TEXT PRIMARY KEY, schedule TEXT NOT NULL REFERENCES schedule,
             establishment TEXT NOT NULL REFERENCES establishment, month TEXT NOT NULL, day TEXT, kind TEXT NOT NULL,
             bodies TEXT NOT NULL, inspectors TEXT NOT NULL,
             state TEXT NOT NULL CHECK (state IN ('planned', 'postponed', 'cancelled')),
             reason TEXT NOT NULL DEFAULT '', first_month TEXT NOT NULL, since TEXT NOT NULL,
             note TEXT NOT NULL DEFAULT '', approved_at TEXT, approved_by TEXT, created_at TEXT NOT NULL) STRICT"""
    )
    db.execute("CREATE INDEX schedule_entry_month ON schedule_entry (month)")
    db.execute("CREATE INDEX schedule_entry_of_establishment ON schedule_entry (establishment, month)")
    # told_bodies: what the row said before it was found to be one visit with another. told_in: the inspection at
    # which the owner told of this visit.
    db.execute("ALTER TABLE visit ADD COLUMN told_bodies TEXT")
    db.execute("ALTER TABLE visit ADD COLUMN told_in TEXT")
    db.execute("ALTER TABLE visit ADD COLUMN struck TEXT NOT NULL DEFAULT ''")
    db.execute("CREATE INDEX visit_told_in ON visit (told_in) WHERE told_in IS NOT NULL")
    db.execute(
        """CREATE TABLE visit_answer (
             visits TEXT PRIMARY KEY, establishment TEXT NOT NULL, visited_on TEXT NOT NULL,
             answer TEXT NOT NULL CHECK (answer IN ('joined', 'apart')), account TEXT NOT NULL, at TEXT NOT NULL)
           STRICT, WITHOUT ROWID"""
    )
    db.execute(
        """CREATE TABLE second_visit (
             visit TEXT PRIMARY KEY, reason TEXT NOT NULL DEFAULT '', document_no TEXT NOT NULL DEFAULT '',
             decision TEXT NOT NULL DEFAULT '' CHECK (decision IN ('', 'approved', 'noted')),
             remark TEXT NOT NULL DEFAULT '', decided_by TEXT, decided_at TEXT) STRICT, WITHOUT ROWID"""
    )
    db.execute(
        """INSERT INTO second_visit (visit, reason, document_no)
           SELECT inspection.id, coalesce(json_extract(signed.body, '$.second_visit.reason'), ''),
             coalesce(json_extract(signed.body, '$.second_visit.document_no'), '')
           FROM inspection JOIN signed ON signed.kind = 'inspection' AND signed.id = inspection.id
           WHERE json_type(signed.body, '$.second_visit') = 'object'"""
    )
    # What the commune changed of the shipped references and of the overlap rule; id `overlap_rule` is the rule.
    db.execute(
        """CREATE TABLE legal_reference (
             id TEXT PRIMARY KEY, content TEXT NOT NULL, changed_at TEXT NOT NULL) STRICT, WITHOUT ROWID"""
    )


@migrations()
def m006_drafts(db: Database) -> None:
    """Unfinished records of phones, and the key to which phones seal what they hand over as a file."""
    # state: a draft that has ended keeps its row, without its body, so that a late version of it is known as one.
    # establishment: may not have arrived yet.
    db.execute(
        """CREATE TABLE draft (
             id TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES account, device TEXT NOT NULL, kind TEXT NOT NULL,
             establishment TEXT NOT NULL, begun_at TEXT NOT NULL, saved_at TEXT NOT NULL, received_at TEXT NOT NULL,
             op TEXT NOT NULL, over TEXT NOT NULL, ver INTEGER NOT NULL, sha256 TEXT NOT NULL, body TEXT NOT NULL,
             state TEXT NOT NULL CHECK (state IN ('open', 'signed', 'dropped', 'expired')),
             handed_from TEXT REFERENCES account) STRICT"""
    )
    db.execute("CREATE INDEX draft_unfinished ON draft (received_at) WHERE state = 'open'")
    # photos that drafts named; erased a day later unless something names them again
    db.execute("CREATE TABLE loose_file (sha256 TEXT PRIMARY KEY, since TEXT NOT NULL) STRICT, WITHOUT ROWID")
    # In the database, so that every backup holds it and a restored office still opens what phones have sealed.
    db.execute(
        """CREATE TABLE export_key (
             id TEXT PRIMARY KEY, public BLOB NOT NULL, private BLOB NOT NULL, made_at TEXT NOT NULL) STRICT"""
    )


@migrations()
def m005_backups(db: Database) -> None:
    """What the office is told after a restore. entry: the audit entry of the restore; lost: JSON, '' = unknown."""
    db.execute(
        """CREATE TABLE restore (
             at TEXT PRIMARY KEY, file TEXT NOT NULL, taken_at TEXT NOT NULL, seq INTEGER NOT NULL,
             entry INTEGER NOT NULL, entry_hash TEXT NOT NULL, lost TEXT NOT NULL, seen_at TEXT, seen_by TEXT)
           STRICT, WITHOUT ROWID"""
    )


@migrations()
def m011_reports(db: Database) -> None:
    """content: everything an issued report says; a draft has none."""
    db.execute(
        """CREATE TABLE report (
             id TEXT PRIMARY KEY, plan TEXT NOT NULL REFERENCES plan, period TEXT NOT NULL, year INTEGER NOT NULL,
             texts TEXT NOT NULL, replaces TEXT REFERENCES report, created_at TEXT NOT NULL, changed_at TEXT NOT NULL,
             issued_at TEXT, issued_by TEXT, content TEXT) STRICT"""
    )
    db.execute("CREATE UNIQUE INDEX one_draft_of_a_report ON report (plan, period, year) WHERE issued_at IS NULL")


@migrations()
def m012_coverage_tally(db: Database) -> None:
    """The two figures of a yearly target kept by triggers, so that a whole province is answered in milliseconds."""
    statement = ""
    for line in _script("m012_coverage_tally.sql").splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""


@migrations()
def m013_numbers_given(db: Database) -> None:
    """Numbers that stood on papers before a restore, kept for the records that phones bring back."""
    db.execute(
        "CREATE TABLE number_given (inspection TEXT PRIMARY KEY, number TEXT NOT NULL UNIQUE) STRICT, WITHOUT ROWID"
    )


@migrations()
def m014_losses(db: Database) -> None:
    """Files that are whole nowhere any more, and that somebody has accepted as lost."""
    db.execute(
        """CREATE TABLE lost_file (
             sha256 TEXT PRIMARY KEY, reason TEXT NOT NULL, account TEXT NOT NULL, accepted_at TEXT NOT NULL)
           STRICT, WITHOUT ROWID"""
    )


def _script(name: str) -> str:
    return (Path(__file__).parent / "data" / name).read_text(encoding="utf-8")
