"""What words in the names of columns usually mean. Guesses rest on them, and say so."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_A-Za-z]+")


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


UNITS: Final = _set(
    "product products sku stock item items article artikel material part parts brand model project "
    "projects machine asset equipment device store shop filiale site branch plant warehouse "
    "customer client account kunde supplier lieferant vendor school building hospital patient "
    "employee agent team department species incident ticket case issue "
    "claim request process route flight carrier airline player company firm bank fund film movie "
    "book song campaign channel vehicle car crop variety subject person household facility "
    "property contract work task lot batch drug"
)
PLACES: Final = _set("country state city county town land stadt ort")
IDS: Final = _set("id ids code key number numbers no nr num identifier ref name uuid isbn ean upc")
NAMES: Final = _set("description name title label bezeichnung text summary")
DOCUMENTS: Final = _set(
    "invoice order basket transaction receipt row rownames index entry record document line "
    "session payment event log rechnung beleg bon"
)
PEOPLE: Final = _set("by to user caller opened assigned resolver author")
GROUPS: Final = _set(
    "type status state class category group kind level segment zone region district location "
    "priority impact urgency severity symptom reason channel gender sex"
)
STEPS: Final = _set("phase stage step milestone activity sprint")
NOT_MEASURED: Final = (
    (IDS - {"number", "numbers", "no"})
    | PEOPLE
    | (GROUPS - {"level"})
    | _set(
        "zip postal postcode phone fax year month day week weekday hour minute quarter rank lat "
        "lon lng latitude longitude x y index row rownames version flag ci rfc problem number "
        "numbers no"
    )
)
VALUES: Final = _set(
    "sales revenue amount value total turnover spend spending income profit gmv net gross umsatz "
    "betrag"
)
QUANTITIES: Final = _set("quantity qty units pieces pcs volume demand menge anzahl count sold")
PRICES: Final = _set("price unitprice preis")
AVERAGED: Final = _set(
    "price unitprice preis rate ratio percent pct share score index age temperature temp average "
    "avg mean lead time rating grade density speed mpg height weight length width depth size "
    "margin yield efficiency per unit days hours minutes"
)
WORSE: Final = _set(
    "cost costs delay delays late overdue defect defects error errors fault faults failure "
    "failures complaint complaints backlog lead scrap waste loss losses churn risk downtime "
    "returns reopen reassignment breach breaches overrun deaths accidents injuries outage "
    "outages wait waiting estimate spending"
)
PLANNED: Final = _set(
    "plan planned budget target baseline due expected forecast scheduled promised"
)
ACTUAL: Final = _set("actual actuals estimate final spending spent real")
MEASURES: Final = VALUES | QUANTITIES | PRICES | AVERAGED | WORSE
ON_HAND: Final = _set("hand onhand stock inventory available bestand")
LOADED: Final = _set("updated modified loaded inserted posted logged ingested synced")
NOT_THE_TIME: Final = PLANNED | _set(
    "birth born dob resolved closed end ended finish finished completed expiry expires shipped "
    "delivered valid"
)
_MONTHS: Final = (
    "jan january januar", "feb february februar", "mar march maerz märz", "apr april", "may mai",
    "jun june juni", "jul july juli", "aug august", "sep sept september", "oct october okt oktober",
    "nov november", "dec december dez dezember",
)  # fmt: skip
MONTHS: Final = {word: i + 1 for i, names in enumerate(_MONTHS) for word in names.split()}


_RESERVED: Final = frozenset({"true", "false", "null"})


def words(name: str) -> tuple[str, ...]:
    """The words of a name, in small letters.

    Example:
        >>> words("UnitPrice"), words("sys_updated_at"), words("DSF Number(s)")
        (('unit', 'price'), ('sys', 'updated', 'at'), ('dsf', 'number', 's'))
    """
    return tuple(part.lower() for part in _PARTS.findall(name))


def slug(text: str, fallback: str) -> str:
    """A name for programs and people made of a text: small letters, digits and `-`, at most 60.

    Example:
        >>> slug("Sales 2024 (Köln)", "x"), slug("注文", "orders")
        ('sales-2024-koln', 'orders')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:60].strip("-") or fallback


def has(name: str, vocabulary: frozenset[str]) -> bool:
    """Whether a name has one of these words."""
    return not vocabulary.isdisjoint(words(name))


def identifier(text: str, taken: frozenset[str] = frozenset(), fallback: str = "x") -> str:
    """A name for SQL made of a text: small letters, digits and `_`, at most 40.

    Example:
        >>> identifier("Unit Price (£)"), identifier("2024"), identifier("a", frozenset({"a"}))
        ('unit_price', 'x_2024', 'a_2')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    made = "_".join(re.findall(r"[a-z0-9]+", "_".join(words(plain)))) or fallback
    if not made[0].isalpha() or made in _RESERVED:
        made = f"{fallback}_{made}"
    made = made[:36].rstrip("_")
    found, number = made, 1
    while found in taken:
        number += 1
        found = f"{made}_{number}"
    return found
