"""The program office as code: charters in text, ranked and explained from your own data.

`Office` is the facade. Beneath it, `from pmpo.evaluate import evaluate, measure` gives the two
steps themselves; they keep their package's name in front, because a function `pmpo.evaluate`
would be hidden by the package of that name as soon as anything imports it.

The public names are loaded when they are first used, so that `import pmpo` and `pmpo --help`
cost nothing that they do not need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pmpo.charter import load
    from pmpo.diagnostics import PmpoError
    from pmpo.office import Office

    __version__: str

__all__ = ["Office", "PmpoError", "__version__", "load"]

_HOME = {
    "Office": "pmpo.office",
    "PmpoError": "pmpo.diagnostics",
    "load": "pmpo.charter",
}


def __getattr__(name: str) -> Any:
    """Import the module that holds a public name and keep the name here."""
    if name == "__version__":
        value: Any = import_module("importlib.metadata").version("pmpo")
    elif name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
