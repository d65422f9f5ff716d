"""The rules of targets, slow and obvious, written from the page that states them; nothing here is the product's.

`answer(world)` gives for each target what `fieldapp coverage --format json` must print. It goes day by day and
establishment by establishment through the plain facts of tests/worlds.py.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import combinations
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from tests.worlds import AREAS, World

POSTS = ("website", "loudspeaker")
ORDINARY = {"planned", "unscheduled", "reinspection"}


def answer(world: World) -> list[dict[str, Any]]:
    return [Target(world, target, world.asked).answer() for target in world.plan["targets"]]


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


class Target:
    """One target, asked on one day."""

    def __init__(self, world: World, facts: dict[str, Any], on: date) -> None:
        self.world, self.facts, self.on = world, facts, on
        self.metric = facts["metric"]
        self.over = facts["denominator"]
        self.start, self.end = self.window()
        self.last = min(on, self.end)
        self.kinds = set(facts.get("kind_filter", ORDINARY))
        self.times = facts["min_times"]

    # ---- the window ----

    def window(self) -> tuple[date, date]:
        first, last = self.world.plan["window"]
        word = self.facts["window"]
        if word == "fixed_range":
            start, end = self.facts["range"]
        elif word == "plan_period":
            start, end = first, last
        else:
            day = first if self.on < first else last if self.on > last else self.on
            if self.metric == "events":
                word = "year"
            alike = [d for d in days(first, last) if period_name(d, word) == period_name(day, word)]
            start, end = alike[0], alike[-1]
        if self.facts["cumulative"]:
            start = first
        return start, end

    # ---- visits ----

    def records(self) -> list[tuple[int, date, set[str], str]]:
        """Every record of a visit that can count: (place, local day, bodies, kind)."""
        found = [
            (v["place"], v["day"], set(v["bodies"]), v["kind"])
            for v in self.world.visits
            if v["outcome"] == "conducted" and v["mode"] == "on_site"
        ]
        for n, one in self.standing():
            if one["outcome"] == "conducted" and one["mode"] == "on_site":
                found.append((one["place"], self.day_of(n), set(one["bodies"]), one["kind"]))
        return found

    def standing(self) -> list[tuple[int, dict[str, Any]]]:
        """Inspections neither replaced by an amendment nor voided."""
        every = list(enumerate(self.world.inspections))
        replaced = {one["amends"] for _, one in every if one["amends"] is not None}
        return [(n, one) for n, one in every if n not in replaced and not one["voided"]]

    def day_of(self, n: int) -> date:
        return self.world.inspections[n]["started_at"].astimezone(ZoneInfo(self.world.zone)).date()

    def visits(self, place: int, kinds: set[str]) -> list[date]:
        """The days of a place's visits that count, one entry a visit."""
        counted = []
        until = self.world.places[place]["managed_until"]
        for day in days(self.start, self.last) if self.start <= self.last else []:
            if until is None or day < until:
                of_day = [
                    (bodies, kind) for where, when, bodies, kind in self.records() if (where, when) == (place, day)
                ]
                counted += [day for bodies, seen in together(of_day) if seen & kinds and self.fits(bodies)]
        return counted

    def fits(self, bodies: set[str]) -> bool:
        by = self.facts["by"]
        return by == ["any"] or (by == ["joint"] and len(bodies) >= 2) or bool(bodies & set(by))

    # ---- the denominator ----

    def managed(self, place: int, day: date) -> bool:
        e = self.world.places[place]
        if self.over["population"] == "all_active" or self.metric == "registry_managed":
            stands = e["status"] == "operating"
        else:
            stands = e["review_state"] == "managed"
        began = e["managed_since"] is None or e["managed_since"] <= day
        return stands and began and (e["managed_until"] is None or day < e["managed_until"])

    def complex(self, place: int, day: date) -> bool:
        return any(since <= day <= until for since, until in self.spells(place))

    def spells(self, place: int) -> list[tuple[date, date]]:
        """Each decision with the days on which it stands: until it ends or the next decision is taken."""
        decided = [d for d in self.world.complexity if d["place"] == place and not d["voided"]]
        decided.sort(key=lambda d: d["classified_on"])  # of one day, the later entered stands
        stands = []
        for n, d in enumerate(decided):
            ends = d["expires_on"]
            if n + 1 < len(decided):
                ends = min(ends, decided[n + 1]["classified_on"] - timedelta(days=1))
            if d["level"] == "complex" and ends >= d["classified_on"]:
                stands.append((d["classified_on"], ends))
        return stands

    def population(self, place: int, of: list[date]) -> bool:
        e, population = self.world.places[place], self.over["population"]
        if population == "security_conditional":
            return bool(e["security_conditional"])
        if population == "complex":
            return any(self.complex(place, day) for day in of)
        if population == "type_list":
            return e["type"] in self.over["types"]
        if population == "area_list":
            return e["area"] is not None and AREAS[e["area"]] in self.over["areas"]
        return True

    def members(self, *, with_ceased: bool = False) -> tuple[list[int], list[int]]:
        as_of = self.over["as_of"]
        of = {
            "period_start": [self.start], "period_end": [self.last], "fixed_date": [self.over.get("date")],
            "ever_active_in_period": days(self.start, self.last),
        }[as_of]  # fmt: skip
        active = [
            place for place in range(len(self.world.places))
            if any(self.managed(place, day) for day in of) and self.population(place, of)
        ]  # fmt: skip
        if as_of != "ever_active_in_period" or with_ceased:
            return active, []
        ceased = []
        for place in active:
            until = self.world.places[place]["managed_until"]
            if until is not None and until <= self.last and len(self.visits(place, self.kinds)) < self.times:
                ceased.append(place)
        return [place for place in active if place not in ceased], ceased

    # ---- the figures ----

    def answer(self) -> dict[str, Any]:
        blank = {
            "id": self.facts["id"], "text": self.facts["text_vi"], "metric": self.metric,
            "computed": self.metric not in ("manual", "out_of_scope"),
            "window": [str(self.start), str(self.end)], "population": self.over["population"],
            "denominator_as_of": self.over["as_of"], "numerator": None, "denominator": None, "percent": None,
            "required": None, "remaining": None, "met": None, "counted": [], "missing": [],
            "ceased_before_inspection": [], "by_type": [], "by_area": [],
        }  # fmt: skip
        if self.on < self.start or self.metric == "out_of_scope":
            return blank
        found = blank | getattr(self, self.metric)()
        return found | self.judged(found["numerator"], found["denominator"])

    def distinct_inspected(self) -> dict[str, Any]:
        return self.of_places(lambda place: len(self.visits(place, self.kinds)) >= self.times)

    def reinspected(self) -> dict[str, Any]:
        def again(place: int) -> bool:
            asked = [since for since, _ in self.spells(place)] + [
                self.day_of(n) for n, one in self.standing() if one["place"] == place and one["bad"]
            ]
            seen = self.visits(place, {"reinspection"})
            return sum(any(before < day for before in asked) for day in seen) >= self.times

        # what ceased is left out by how often it was re-inspected, as by how often it was inspected elsewhere
        active, _ = self.members(with_ceased=True)
        ceased = [p for p in active if self.gone(p) and not again(p)] if self.by_period() else []
        return self.told([p for p in active if p not in ceased], again, ceased)

    def by_period(self) -> bool:
        return bool(self.over["as_of"] == "ever_active_in_period")

    def gone(self, place: int) -> bool:
        until = self.world.places[place]["managed_until"]
        return until is not None and until <= self.last

    def commitments_valid(self) -> dict[str, Any]:
        def committed(place: int) -> bool:
            signed = [
                c for c in self.world.commitments
                if c["place"] == place and not c["refused"] and c["signed_on"] <= self.last
            ]  # fmt: skip
            newest = max((c["signed_on"] for c in signed), default=None)
            return any(c["valid_until"] >= self.last for c in signed if c["signed_on"] == newest)

        return self.of_places(committed)

    def registry_managed(self) -> dict[str, Any]:
        return self.of_places(lambda place: self.world.places[place]["review_state"] == "managed")

    def inspection_visits(self) -> dict[str, Any]:
        of, _ = self.members(with_ceased=True)
        seen = {place: len(self.visits(place, self.kinds)) for place in of}
        counted = [place for place in of if seen[place]]
        return {
            "numerator": sum(seen.values()), "counted": codes(counted),
            **self.shares(counted, lambda place: seen[place], lambda _: None),
        }  # fmt: skip

    def workers_reached(self) -> dict[str, Any]:
        of, ceased = self.members()

        def staff(place: int) -> int:
            return self.world.places[place]["employees"] or 0

        def reached(place: int) -> int:
            sessions = [
                a["reached"].get(place, 0) for a in self.world.activities
                if not a["voided"] and a["form"] not in POSTS and self.start <= a["day"] <= self.last
            ]  # fmt: skip
            sessions += [
                one["told"] for n, one in self.standing()
                if one["place"] == place and one["outcome"] == "conducted" and self.start <= self.day_of(n) <= self.last
            ]  # fmt: skip
            return min(staff(place), max(sessions, default=0))

        everybody = [p for p in of if self.world.places[p]["employees"] is not None and reached(p) == staff(p)]
        return {
            "numerator": sum(map(reached, of)), "denominator": sum(map(staff, of)), "counted": codes(everybody),
            "missing": codes(p for p in of if p not in everybody), "ceased_before_inspection": codes(ceased),
            **self.shares(of, reached, staff),
        }  # fmt: skip

    def areas_active(self) -> dict[str, Any]:
        listed = self.over["areas"] if self.over["population"] == "area_list" else list(AREAS)
        active = [
            name for name in listed
            if sum(a["area"] is not None and AREAS[a["area"]] == name for a in self.held()) >= self.times
        ]  # fmt: skip
        whole = None if self.over["population"] == "none" else len(listed)
        return {
            "numerator": len(active), "denominator": whole, "counted": sorted(active),
            "missing": sorted(set(listed) - set(active)),
        }  # fmt: skip

    def events(self) -> dict[str, Any]:
        word = self.facts["window"]
        names: dict[str, int] = {}
        for day in days(self.start, self.last):
            whole = f"{self.start}/{self.last}"
            name = period_name(day, word) if word in ("month", "quarter", "half") else whole
            names[name] = names.get(name, 0) + sum(a["day"] == day for a in self.held())
        busy = [name for name, number in names.items() if number >= self.times]
        return {
            "numerator": len(busy), "denominator": len(names), "counted": sorted(busy),
            "missing": sorted(set(names) - set(busy)),
        }  # fmt: skip

    def held(self) -> list[dict[str, Any]]:
        forms = self.facts.get("forms")
        return [
            a for a in self.world.activities
            if not a["voided"] and self.start <= a["day"] <= self.last and (not forms or a["form"] in forms)
        ]  # fmt: skip

    def followup_done(self) -> dict[str, Any]:
        due = []
        for _, one in self.standing():
            if one["bad"] and self.start <= one["due_on"] <= self.last:
                due.append((one["place"], one["closed_on"] is not None and self.closed(one["closed_on"]) <= self.last))
        for s in self.world.sanctions:
            kind, day = s["ended"] or ("", None)
            if self.start <= s["due_on"] <= self.last and kind not in ("revoked", "voided"):
                due.append((s["place"], kind == "complied" and day <= self.last))
        if self.over["population"] != "followups_due":
            of, _ = self.members(with_ceased=True)
            due = [pair for pair in due if pair[0] in of]
        missing = {place for place, closed in due if not closed}
        counted = {place for place, _ in due} - missing
        done = sum(closed for _, closed in due)
        return {"numerator": done, "denominator": len(due), "counted": codes(counted), "missing": codes(missing)}

    def closed(self, day: date) -> date:
        """Findings are closed at noon, UTC; the local day rules."""
        return day  # noon is the same day everywhere from Los Angeles to Saigon

    def manual(self) -> dict[str, Any]:
        typed = [
            f for f in self.world.typed
            if f["target"] == self.facts["id"] and self.start <= f["figure_on"] <= self.last
        ]  # fmt: skip
        if not typed:
            return {}
        newest = max(typed, key=lambda f: f["figure_on"])
        return {"numerator": newest["numerator"], "denominator": newest["denominator"]}

    # ---- lists and judgement ----

    def of_places(self, counts: Any) -> dict[str, Any]:
        of, ceased = self.members()
        return self.told(of, counts, ceased)

    def told(self, of: list[int], counts: Any, ceased: list[int]) -> dict[str, Any]:
        counted = [place for place in of if counts(place)]
        return {
            "numerator": len(counted), "denominator": None if self.over["population"] == "none" else len(of),
            "counted": codes(counted), "missing": codes(p for p in of if p not in counted),
            "ceased_before_inspection": codes(ceased),
            **self.shares(of, lambda place: int(place in counted), lambda _: 1),
        }  # fmt: skip

    def shares(self, of: list[int], amount: Any, whole: Any) -> dict[str, Any]:
        def area(place: int) -> str:
            n = self.world.places[place]["area"]
            return "" if n is None else AREAS[n]

        def group(key_of: Any) -> list[dict[str, Any]]:
            keys = sorted({key_of(place) for place in of})
            rows = []
            for key in keys:
                inside = [place for place in of if key_of(place) == key]
                n, wholes = sum(map(amount, inside)), [whole(place) for place in inside]
                d = None if None in wholes else sum(wholes)
                rows.append({"key": key, "numerator": n, "denominator": d, "percent": percent(n, d)})
            return rows

        return {"by_type": group(lambda p: self.world.places[p]["type"]), "by_area": group(area)}

    def judged(self, n: int | None, d: int | None) -> dict[str, Any]:
        value = Fraction(str(self.facts["value"]))
        found: dict[str, Any] = {"percent": percent(n, d), "required": None, "remaining": None, "met": None}
        if n is None or self.facts["comparator"] not in (">=", "<="):
            return found
        if self.facts["unit"] == "count":
            if self.facts["comparator"] == "<=":
                return found | {"met": n <= value}
            return found | {"required": int(value), "remaining": max(0, int(value) - n), "met": n >= value}
        if d is None:
            return found
        if self.facts["comparator"] == "<=":
            return found | {"met": n * 100 <= value * d if d else None}
        required = ceil(value * d / 100)
        return found | {"required": required, "remaining": max(0, required - n), "met": n >= required if d else None}


def together(records: list[tuple[set[str], str]]) -> list[tuple[set[str], set[str]]]:
    """Records of one establishment and day that share a body are one visit; their bodies and kinds are the union."""
    group = list(range(len(records)))
    for _ in records:
        for i, j in combinations(range(len(records)), 2):
            if records[i][0] & records[j][0]:
                group[i] = group[j] = min(group[i], group[j])
    found = []
    for name in sorted(set(group)):
        inside = [record for record, of in zip(records, group, strict=True) if of == name]
        found.append(({body for bodies, _ in inside for body in bodies}, {kind for _, kind in inside}))
    return found


def period_name(day: date, word: str) -> str:
    return {
        "year": f"{day.year}", "half": f"{day.year}-H{1 if day.month < 7 else 2}",
        "quarter": f"{day.year}-Q{(day.month - 1) // 3 + 1}", "month": f"{day.year}-{day.month:02}",
    }[word]  # fmt: skip


def percent(n: int | None, d: int | None) -> float | None:
    """One decimal, half up; never 100 unless all, never 0 unless none."""
    if n is None or not d:
        return None
    rounded = (Decimal(n * 100) / Decimal(d)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    if n < d:
        rounded = min(rounded, Decimal("99.9"))
    if n:
        rounded = max(rounded, Decimal("0.1"))
    return float(rounded)


def codes(places: Any) -> list[str]:
    return sorted(f"P{place}" for place in places)
