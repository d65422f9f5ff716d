"""What phones may send: one module a kind of record (shapes: client/store/shapes.ts). Keys that are not known are kept
and not refused, so that a newer phone may say more.

    judging.py        what judges a value, a group, a whole body
    parts.py          groups that several records hold
    inspection.py     commitment.py     finding_event.py     establishment.py     activity.py     draft.py
"""

from __future__ import annotations

from fieldapp.bodies.activity import ACTIVITY
from fieldapp.bodies.commitment import COMMITMENT
from fieldapp.bodies.draft import DRAFT
from fieldapp.bodies.establishment import ESTABLISHMENT_FIELDS
from fieldapp.bodies.finding_event import FINDING_EVENT
from fieldapp.bodies.inspection import INSPECTION
from fieldapp.bodies.judging import identifier, mistakes

__all__ = [
    "ACTIVITY",
    "COMMITMENT",
    "DRAFT",
    "ESTABLISHMENT_FIELDS",
    "FINDING_EVENT",
    "INSPECTION",
    "identifier",
    "mistakes",
]
