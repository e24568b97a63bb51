"""The language as JSON Schema, for editors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pmpo.charter.language import CHARTER, objects

if TYPE_CHECKING:
    from pmpo.charter.records import Record


def schema(root: Record = CHARTER) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a file that is `root`, made from the language table.

    It accepts whatever loading accepts. Editors show its descriptions; what spans several fields,
    such as weights that add up, only `pmpo check` can tell.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"PMPO {root.title}",
        "$ref": root.schema()["$ref"],
        "$defs": {
            record.schema()["$ref"].removeprefix("#/$defs/"): record.definition()
            for record in objects(root).values()
        },
    }


def schema_text(root: Record = CHARTER) -> str:
    """The schema as the text of a file."""
    return json.dumps(schema(root), ensure_ascii=False, indent=2) + "\n"
