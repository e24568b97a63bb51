"""The shapes of JSON outputs that others may rely on, as JSON Schemas."""

from __future__ import annotations

from typing import Any

HASH = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
EVALUATION = {"type": "string", "pattern": "^ev-[0-9a-f]{12}$"}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"}
EXACT = {"type": "string", "pattern": r"^\d+(\.\d+)?$"}
TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
GRADE = {"enum": ["A", "B", "C", "D"]}


def maybe(schema: dict[str, Any]) -> dict[str, Any]:
    """A value that may be null."""
    return {"anyOf": [schema, {"type": "null"}]}


def each(schema: dict[str, Any]) -> dict[str, Any]:
    """A list of values."""
    return {"type": "array", "items": schema}


def named(schema: dict[str, Any]) -> dict[str, Any]:
    """Values by name."""
    return {"type": "object", "additionalProperties": schema}


def exactly(**fields: dict[str, Any]) -> dict[str, Any]:
    """An object with these fields and no others."""
    return with_more({}, **fields)


def with_more(optional: dict[str, dict[str, Any]], **fields: dict[str, Any]) -> dict[str, Any]:
    """An object with these fields, perhaps some of the optional ones, and no others."""
    return {
        "type": "object",
        "properties": {**fields, **optional},
        "required": list(fields),
        "additionalProperties": False,
    }


# The lowest and highest value that a missing signal leaves possible; null where it is one number.
INTERVAL = {"interval": maybe(each(EXACT))}

FINDING = exactly(
    code=TEXT,
    severity={"enum": ["error", "warning", "note"]},
    file=maybe(TEXT),
    line=maybe({"type": "integer", "minimum": 1}),
    column=maybe({"type": "integer", "minimum": 1}),
    path=TEXT,
    message=TEXT,
    note=TEXT,
    help=TEXT,
)
CHECK = each(FINDING)
WAIVER = exactly(
    id=TEXT,
    signal=TEXT,
    policy=TEXT,
    because=TEXT,
    approver=TEXT,
    expires={"type": "string", "format": "date"},
    units=each(TEXT),
    value=maybe(TEXT),
    applied_to=each(TEXT),
)
RUN = exactly(
    evaluation=EVALUATION,
    program=TEXT,
    charter=HASH,
    as_of=MOMENT,
    known_by=MOMENT,
    table=HASH,
    result=HASH,
    units=COUNT,
    in_scope=COUNT,
    ranked=COUNT,
    blocked=COUNT,
    excluded=COUNT,
    out_of_scope=COUNT,
    outcomes=named(COUNT),
    take=maybe(
        exactly(
            capacity=maybe(COUNT),
            held=COUNT,
            executing=COUNT,
            committed=COUNT,
            proposed=COUNT,
            taken=COUNT,
            free=maybe(COUNT),
            over=COUNT,
            seats=named(COUNT),
            notes=each(TEXT),
        )
    ),
    carried=each(exactly(table=TEXT, input=TEXT, units=COUNT, oldest=MOMENT)),
    waivers=each(WAIVER),
    left_out=each(exactly(status=TEXT, rule=TEXT, because=TEXT, units=COUNT)),
    faults=each(FINDING),
    notes=each(TEXT),
    engine=TEXT,
    prior=maybe(EVALUATION),
    recorded=maybe(COUNT),
)
BOARD = each(
    with_more(
        INTERVAL,
        rank={"type": "integer", "minimum": 1},
        settled_rank={"type": "null"},
        unit=TEXT,
        label=TEXT,
        score=EXACT,
        axes=named(EXACT),
        factors=named(EXACT),
        outcome=maybe(TEXT),
        outputs=named(maybe(TEXT)),
        taken=maybe({"type": "boolean"}),
        seat=maybe(TEXT),
        bands=named(TEXT),
        quality=GRADE,
        waived=each(TEXT),
        p_top={"type": "null"},
    )
)
WHY = with_more(
    INTERVAL,
    unit=TEXT,
    label=TEXT,
    status={"enum": ["ranked", "blocked", "excluded", "out_of_scope"]},
    rank=maybe({"type": "integer", "minimum": 1}),
    score=maybe(EXACT),
    contributions=each(
        with_more(
            INTERVAL,
            axis=TEXT,
            signal=TEXT,
            value=maybe({"type": "number"}),
            utility=maybe(EXACT),
            weight=EXACT,
            points=maybe(EXACT),
            held=maybe(COUNT),
            quality=GRADE,
            reasons=each(TEXT),
            set_dependent={"type": "boolean"},
        )
    ),
    ratio={"type": ["object", "null"]},
    bands=named(TEXT),
    memory=named(
        exactly(by_value=TEXT, last=maybe(TEXT), since=maybe(MOMENT), kept_by=maybe(TEXT))
    ),
    rules=each(
        {
            "type": "object",
            "properties": {"id": TEXT, "because": TEXT, "table": TEXT},
            "required": ["id", "because"],
            "additionalProperties": TEXT,
        }
    ),
    tables=each(
        exactly(
            table=TEXT,
            verdict={"enum": ["decided", "accepted", "gap", "several", "lacking"]},
            lacks=TEXT,
            values=named({"type": ["string", "number", "boolean", "null"]}),
            parameters=named(maybe(TEXT)),
            gives=named(TEXT),
            rules=each(
                exactly(
                    id=TEXT,
                    because=TEXT,
                    holds={"type": "boolean"},
                    decides={"type": "boolean"},
                    cells=each(exactly(input=TEXT, cell=TEXT, holds={"type": "boolean"})),
                )
            ),
            carried=named(
                exactly(
                    value={"type": ["string", "number", "boolean"]},
                    as_of=MOMENT,
                    days=COUNT,
                    max_age=TEXT,
                    stands={"type": "boolean"},
                )
            ),
            defaults=named({"type": ["string", "number", "boolean"]}),
            accepted=TEXT,
            owner=TEXT,
        )
    ),
    quality=exactly(
        grade=GRADE,
        fresh=COUNT,
        held=COUNT,
        missing=COUNT,
        signals=COUNT,
        reasons=named(each(TEXT)),
    ),
    seat=maybe(
        exactly(
            taken={"type": "boolean"},
            seat=TEXT,
            condition=TEXT,
            values=named({"type": ["string", "number", "boolean", "null"]}),
            last=maybe(COUNT),
            capacity=maybe(COUNT),
            held=COUNT,
        )
    ),
)
LINEAGE = each(
    exactly(
        signal=TEXT,
        columns=TEXT,
        signals=TEXT,
        assumptions=TEXT,
        parameters=TEXT,
        windows=TEXT,
        across=TEXT,
        sources=TEXT,
    )
)
