"""The charter language as JSON Schema, for editors."""

from __future__ import annotations

from typing import Any

from pmpo.charter.language import CHARTER, objects


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a charter, made from the language table.

    It accepts whatever `load` accepts. Editors show its descriptions; what spans several fields,
    such as weights that add up, only `pmpo check` can tell.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "PMPO charter",
        "$ref": CHARTER.schema()["$ref"],
        "$defs": {
            record.schema()["$ref"].removeprefix("#/$defs/"): record.definition()
            for record in objects().values()
        },
    }
