"""The check of an assumption as a charter of its own: does it hold on all rows of its source?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from pmpo.model.charter import Assumption, AssumptionCheck, Charter, Scope, Setting, Signal, Unit

_ALL: Final = "pmpo_all"
_QUOTED: Final = re.compile(r"(?P<sign>['\"])(?P<name>[^'\"]*)(?P=sign)")


def assumption_signal(assumption: Assumption) -> str:
    """The name that an assumption's check has as a signal, and findings about it."""
    return "holds_" + assumption.name.replace("-", "_")


def as_question(charter: Charter, assumption: Assumption) -> Charter:
    """A charter with one unit, all rows of the source together, and one signal: does it hold?

    So a check means what a formula means, under both cuts, with the same exact arithmetic. It
    keeps only the parameters and assumptions that it names: others vary by columns of the
    program's units, which the source of the check need not have.
    """
    check = assumption.check
    assert check is not None
    source = charter.sources[check.source]
    everything = replace(source, derive={**source.derive, _ALL: "'all'"}, join={}, checks=())
    name = assumption_signal(assumption)
    signal = Signal(name=name, formula=f"IF({check.holds}, 1, 0)", source=check.source, precision=0)
    named = _named(charter, check)
    return replace(
        charter,
        unit=Unit(name="source", source=check.source, key=(_ALL,)),
        sources={check.source: everything},
        signals={name: signal},
        parameters={id: one for id, one in charter.parameters.items() if id in named},
        assumptions={id: one for id, one in charter.assumptions.items() if id in named},
        axes={},
        bands={},
        tables={},
        scope=Scope(),
    )


def settings_of(charter: Charter, check: AssumptionCheck) -> Mapping[str, Setting]:
    """The numbers that a check looks up, by the names of their parameters and assumptions."""
    named = _named(charter, check)
    found = {id: one.setting for id, one in charter.parameters.items()}
    found |= {id: one.setting for id, one in charter.assumptions.items() if one.setting is not None}
    return {id: setting for id, setting in found.items() if id in named}


def _named(charter: Charter, check: AssumptionCheck) -> set[str]:
    source = charter.sources[check.source]
    texts = (check.holds, source.where, *source.derive.values())
    return {one["name"] for text in texts for one in _QUOTED.finditer(text)}
