"""Other duties: follow-ups that fell due, commitments in force, the register itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fieldapp.coverage import inspected, members
from fieldapp.coverage.figures import Coverage, Part
from fieldapp.coverage.sources import Sources


def followup_done(sources: Sources, blank: Coverage) -> Coverage:
    """Shortcomings and sanction decisions whose follow-up fell due, closed by the day asked; open ones stay in.

    Without a population of establishments every one that fell due counts, whatever became of the establishment.
    """
    window = blank.window[0], blank.last
    parts = sorted(_due(sources, blank), key=lambda part: (part.key, part.day, part.title))
    if blank.target.population != "followups_due":
        standing = {e.id for e in members.of(sources, blank.target, window, {}).standing}
        parts = [part for part in parts if part.establishment and part.establishment.id in standing]
    return replace(blank, numerator=sum(part.counted for part in parts), denominator=len(parts), parts=parts)


def _due(sources: Sources, blank: Coverage) -> Iterator[Part]:
    start, last = blank.window[0], blank.last
    places = {e.id: e for e in sources.register}
    for finding in sources.findings((start, last)):
        closed = finding.state == "closed" and (finding.closed_on is None or finding.closed_on <= last)
        place = places[finding.establishment]
        yield Part(place.code, f"{finding.item}: {finding.text}", closed, place, finding.due_on)
    for sanction in sources.sanctions:
        if start <= sanction.due_on <= last and sanction.state != "revoked":
            closed = sanction.state == "complied" and sanction.closed_on is not None and sanction.closed_on <= last
            place = places[sanction.establishment]
            yield Part(place.code, f"Quyết định {sanction.number}", closed, place, sanction.due_on)


def commitments_valid(sources: Sources, blank: Coverage) -> Coverage:
    """Establishments with a commitment in force on the day asked."""
    found = members.of(sources, blank.target, (blank.window[0], blank.last), inspected.counts(sources, blank))
    return inspected.of_members(sources, blank, found, sources.committed(blank.last))


def registry_managed(sources: Sources, blank: Coverage) -> Coverage:
    """Establishments in operation that the office has reviewed, classified and put under management."""
    found = members.of(sources, blank.target, (blank.window[0], blank.last), inspected.counts(sources, blank))
    managed = {e.id for e in found.denominator if e.review_state == "managed"}
    return inspected.of_members(sources, blank, found, managed)
