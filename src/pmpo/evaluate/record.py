"""An evaluation as files: what is stored, and how it is read back and checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from pmpo.diagnostics import StoreError, stop
from pmpo.model.canonical import hash_table
from pmpo.model.evaluation import Evaluation
from pmpo.model.table import SourceGrade, Table
from pmpo.model.waiver import Waiver
from pmpo.store.evaluations import StoredEvaluation

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA: Final = 1
_CHARTER: Final = "charter.yaml"
_CONTRACTS: Final = "contracts.json"
_EVALUATION: Final = "evaluation.json"
_TABLE: Final = "table.parquet"
_RESULTS: Final = "results.parquet"


@dataclass(frozen=True, slots=True)
class Record:
    """An evaluation with the charter text and contracts it was made under, and its manifest.

    The manifest holds what is true of this run but not of the result: files, versions, clock.
    """

    evaluation: Evaluation
    charter_text: bytes
    manifest: Mapping[str, Any]
    contracts: Mapping[str, bytes] = field(default_factory=dict)

    def files(self) -> dict[str, bytes]:
        """The files to store."""
        return {
            _CHARTER: self.charter_text,
            _EVALUATION: _json(_described(self.evaluation)),
            _TABLE: _parquet(self.evaluation.table.data),
            _RESULTS: _parquet(self.evaluation.results),
            **self._contracts(),
        }

    def _contracts(self) -> dict[str, bytes]:
        texts = {name: text.decode("utf-8") for name, text in self.contracts.items()}
        return {_CONTRACTS: _json(texts)} if texts else {}


def _described(evaluation: Evaluation) -> dict[str, Any]:
    table = evaluation.table
    states = {"states": dict(evaluation.states)} if evaluation.states else {}
    return {
        **states,
        "schema": SCHEMA,
        "id": evaluation.id,
        "program": evaluation.program,
        "identity": dict(evaluation.identity),
        "as_of": evaluation.as_of.isoformat(),
        "known_by": evaluation.known_by.isoformat(),
        "result": evaluation.result_hash,
        "waivers": [waiver.as_json() for waiver in evaluation.waivers],
        "table": {
            "key": list(table.key),
            "attributes": list(table.attributes),
            "signals": list(table.signals),
            "hash": table.hash,
            "grades": {name: [grade.grade, *grade.reasons] for name, grade in table.grades.items()},
            "calendars": dict(table.calendars),
        },
    }


def read_record(stored: StoredEvaluation) -> Record:
    """Rebuild an evaluation from its files; its results must still have their hash.

    Raises: StoreError `store/newer-schema`, `store/damaged`.
    """
    described = json.loads(stored.files[_EVALUATION])
    if described.get("schema", 0) > SCHEMA:
        raise stop(
            "store/newer-schema",
            f"{stored.id} was stored by a newer version (schema {described['schema']})",
            help="upgrade pmpo to read it",
            error=StoreError,
        )
    as_of = datetime.fromisoformat(described["as_of"])
    known_by = datetime.fromisoformat(described["known_by"])
    about = described["table"]
    results = _arrow(stored.files[_RESULTS])
    if hash_table(results) != described["result"]:
        raise stop(
            "store/damaged",
            f"the results of {stored.id} do not have the hash they were stored under",
            help="restore the folder from a backup, or run the program again",
            error=StoreError,
        )
    table = Table(
        key=tuple(about["key"]),
        attributes=tuple(about["attributes"]),
        signals=tuple(about["signals"]),
        data=_arrow(stored.files[_TABLE]),
        hash=about["hash"],
        as_of=as_of,
        known_by=known_by,
        grades={n: SourceGrade(told[0], tuple(told[1:])) for n, told in about["grades"].items()},
        calendars=about.get("calendars", {}),
    )
    evaluation = Evaluation(
        id=described["id"],
        program=described["program"],
        identity=described["identity"],
        as_of=as_of,
        known_by=known_by,
        table=table,
        results=results,
        result_hash=described["result"],
        waivers=tuple(Waiver.from_json(told) for told in described.get("waivers", [])),
        states=described.get("states", {}),
    )
    texts = json.loads(stored.files.get(_CONTRACTS, b"{}"))
    contracts = {name: text.encode() for name, text in texts.items()}
    return Record(evaluation, stored.files[_CHARTER], stored.manifest, contracts)


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _parquet(table: pa.Table) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue())


def _arrow(data: bytes) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pq.read_table(pa.BufferReader(data)).combine_chunks()
