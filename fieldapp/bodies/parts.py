"""Groups that several signed records hold: the establishment's facts of the day, the notice, why nobody signed."""

from __future__ import annotations

from fieldapp.bodies.judging import count, day, group, instant, list_of, or_null, text

PHOTO_CLASSES = ("document", "premises")
NOTICE = or_null(group({"version": text}, {"read_at": instant}))
REFUSAL = or_null(group({"reason": text}, {"witness_name": text, "witness_role": text}))
FACTS = or_null(
    group(
        {},
        {
            **dict.fromkeys(
                ("code", "name", "type", "address", "representative", "representative_role", "phone"), text
            ),
            **dict.fromkeys(("area", "entity"), text),
            **dict.fromkeys(("rooms", "employees", "employees_with_contract"), or_null(count)),
            "licences": list_of(
                group({}, {"kind": text, "number": text, "issued_on": or_null(day), "expires_on": or_null(day)})
            ),
        },
    )
)
