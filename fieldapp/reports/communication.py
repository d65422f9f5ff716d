"""Chapter VI: commitments in force on a day, and the communication of the period, in counts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlite_utils import Database

from fieldapp import activities, areas, commitments


def committed(db: Database, members: Collection[str], on: date) -> dict[str, int]:
    """How many of some establishments (ids) have a commitment in force on a day."""
    return {"signed": len(set(members) & set(commitments.in_force(db, on))), "of": len(members)}


def told(db: Database, start: date, end: date) -> dict[str, int]:
    """Sessions, posts, how many listened (the same person at two sessions is two), areas with any of it."""
    held = activities.every(db, start, end)
    known = areas.names(db)
    return {
        "sessions": sum(activity.kind == "session" for activity in held),
        "posts": sum(activity.kind == "post" for activity in held),
        "headcount": sum(activity.headcount or 0 for activity in held),
        "areas": len({activity.area for activity in held if activity.area in known}),
        "of_areas": len(known),
    }
