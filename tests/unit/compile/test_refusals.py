"""What is said about formulas that are not in the language, word for word."""

from __future__ import annotations

from pathlib import Path

import pytest

from pmpo.codes import CODES
from tests.unit.compile.formulas import findings_of, told

GOLDEN = Path(__file__).parent / "refusals.txt"
REFUSED = {
    "Not one expression": [
        "SUM(price",
        "SUM(price))",
        "SUM(price) + ",
        "SUM(price) AS total",
        "SUM(price), COUNT(*)",
        "SUM(price); COUNT(*)",
        "note = 'open",
        'SUM("price)',
        "SUM(select)",
        "SUM(price) SUM(price)",
        "1 +* 2",
        ")",
        "-- nothing",
        "SUM(x y)",
        "IF flag THEN 1",
        "@",
        "turnover * 0.E",
        "CASE WHEN flag THEN 1",
    ],
    "Queries, statements and what reaches outside": [
        "SELECT 1",
        "WITH a AS (SELECT 1) SELECT 1",
        "(SELECT SUM(price) FROM sales)",
        "COUNT(*) FILTER (WHERE shop IN (SELECT shop FROM shops))",
        "EXISTS (SELECT 1)",
        "SUM(price) OVER (PARTITION BY shop)",
        "DROP TABLE sales",
        "read_csv('/etc/passwd')",
        "SUM(price) + getenv('HOME')",
        "sqlite_scan('a.db', 't')",
        "COPY sales TO 'x'",
    ],
    "Not repeatable": [
        "COUNT(*) FILTER (WHERE sold_at > CURRENT_DATE)",
        "AS_OF() - NOW()",
        "RANDOM()",
        "SUM(price) * UUID()",
        "LN(turnover)",
        "EXP(turnover)",
        "turnover ^ 2",
        "ROUND(turnover, 2)",
        "COUNT(*) FILTER (WHERE LOWER(note) = 'a')",
        "COUNT(*) FILTER (WHERE note ILIKE 'a')",
    ],
    "Functions and forms that are not there": [
        "TRALING(SUM(price), '4 weeks')",
        "SUMM(price)",
        "MEDIAN(price)",
        "turnover % 2",
        "turnover // 2",
        "MIN(note || 'x')",
        "MAX(price, 3)",
        "COUNT(price, qty)",
        "COUNT(DISTINCT price, qty)",
        "COUNT()",
        "SUM(DISTINCT price)",
        "SUM(*)",
        "AVG()",
        "FLOOR(turnover, 2)",
        "SUM(price ORDER BY qty)",
        "MIN(COLUMNS(*))",
        "sales.*",
        "*",
        "[1, 2]",
        "turnover BETWEEN SYMMETRIC 2 AND 1",
        "status LIKE ANY ('a', 'b')",
        "turnover IS DISTINCT FROM 3",
        "turnover FILTER (WHERE flag)",
        "SUM(CASE WHEN qty % 2 = 0 THEN 1 END)",
        "?",
        "INTERVAL '1 day'",
        "{'a': 1}",
        "note -> 'a'",
    ],
    "Names": [
        "turnovr",
        "price",
        "sales.price",
        "SUM(prise)",
        "SUM(PRICE)",
        "SUM(net)",
        "SUM(turnover)",
        "SUM(shop.price)",
        "SUM(salse.price)",
        "SUM(a.sales.price)",
        "SUM(sales.qty * visits.seconds)",
        "SUM(sales.qty) FILTER (WHERE visits.seconds > 3)",
        "ASSUMED('cost-shar')",
        "ASSUMED('untold')",
        "ASSUMED(cost)",
        "PARAM('thik')",
        "PARAM()",
        "SUM(price * PARAM('thin'))",
    ],
    "Aggregates and windows": [
        "SUM(SUM(price))",
        "SUM(price + AVG(price))",
        "MAX(LATEST(price))",
        "SUM(TRAILING(price, '1 week'))",
        "TRAILING(TRAILING(SUM(price), '1 week'), '1 week')",
        "TRAILING(turnover, '1 week')",
        "TRAILING(1, '1 week')",
        "TRAILING(SUM(price))",
        "TRAILING(SUM(price), 4)",
        "TRAILING(SUM(price), '4 fortnights')",
        "TRAILING(SUM(price), '999999 years')",
        "TRAILING(SUM(price), '1 week', '0 weeks')",
        "TRAILING(SUM(price), '1 week', '1 week', '1 week')",
        "TRAILING(SUM(visits.seconds), '1 week')",
        "LATEST(visits.seconds)",
        "LATEST(price, qty)",
        "COUNT(*) FILTER (WHERE SUM(price) > 3)",
        "SUM(price) FILTER (WHERE price)",
    ],
    "Ahead": [
        "LEADING(SUM(price), '1 week')",
        "LEADING(SUM(forecast.pieces))",
        "LEADING(SUM(forecast.pieces), '1 wek')",
        "LEADING(SUM(forecast.pieces), '3 periods')",
        "LEADING(turnover, '1 week')",
        "LEADING(TRAILING(SUM(forecast.pieces), '1 week'), '1 week')",
        "SUM(LEADING(pieces, '1 week'))",
    ],
    "Periods": [
        "EACH(SUM(price), '1 week', 26)",
        "MEAN(SUM(price))",
        "MEAN(EACH(SUM(price), '1 week', 26), 2)",
        "SD(EACH(SUM(price), '1 week'))",
        "SD(EACH(SUM(price), '1 week', 1))",
        "SD(EACH(SUM(price), '1 week', 521))",
        "SD(EACH(SUM(price), '1 week', 'many'))",
        "P50(EACH(SUM(price), '1 fortnight', 3))",
        "P50(EACH(SUM(price), '3 periods', 3))",
        "P90(EACH(turnover, '1 week', 3))",
        "P90(EACH(2, '1 week', 3))",
        "P90(EACH(MAX(note), '1 week', 3))",
        "P90(EACH(MAX(ended - sold_at), '1 week', 3))",
        "P90(EACH(SUM(price), '10 years', 520))",
        "MEAN(EACH(SUM(visits.seconds), '1 week', 3))",
        "TRAILING(MEAN(EACH(SUM(price), '1 week', 3)), '1 year')",
        "MEAN(EACH(TRAILING(SUM(price), '1 week'), '1 week', 3))",
        "SUM(EACH(price, '1 week', 3))",
        "P95(EACH(SUM(price), '1 week', 26))",
    ],
    "All units": [
        "CUM_SHARE(SUM(price))",
        "CUM_SHARE(turnover * 2)",
        "RANK_SHARE()",
        "RANK_SHARE(turnover, status)",
        "RANK_SHARE(status)",
        "RANK_SHARE(turnovr)",
        "CUM_SHARE(price)",
        "TRAILING(CUM_SHARE(turnover), '1 week')",
        "SUM(CUM_SHARE(price))",
        "CUMSHARE(turnover)",
    ],
    "Types": [
        "SUM(note)",
        "AVG(note)",
        "STDDEV(sold_at)",
        "SUM(flag)",
        "MAX(flag)",
        "SUM(rate)",
        "COUNT(rate)",
        "LATEST(rate)",
        "COUNT(*) FILTER (WHERE rate > 0.5)",
        "SUM(CAST(price AS DOUBLE))",
        "SUM(CAST(note AS INTEGER))",
        "SUM(price::DATE)",
        "TRY_CAST(status AS DATE)",
        "turnover + status",
        "turnover = 'a'",
        "turnover AND TRUE",
        "NOT turnover",
        "-status",
        "ABS(status)",
        "CASE WHEN turnover THEN 1 END",
        "CASE WHEN TRUE THEN 1 ELSE 'a' END",
        "COALESCE(status, 0)",
        "GREATEST(status, 1)",
        "turnover IN (1, 'a')",
        "turnover BETWEEN 'a' AND 'b'",
        "turnover IS TRUE",
        "turnover LIKE 'a%'",
        "status LIKE turnover",
        "status LIKE 'a\\_b'",
        "status LIKE '50!%' ESCAPE '!'",
        "COUNT(*) FILTER (WHERE sold_at > 'yesterday')",
        "COUNT(*) FILTER (WHERE sold_at > '2024-01-01T00:00:00+09:00')",
        "COUNT(*) FILTER (WHERE sold_at > 3)",
    ],
    "Exact arithmetic": [
        "SUM(price / qty)",
        "SUM(SQRT(price))",
        "SUM(FLOOR(price))",
        "SUM(cost * cost)",
        "SUM(cost * 12345678901234567890.5)",
        "SUM(QUANTISE(cost / cost, 12))",
        "SUM(price * 1234567890123456789012345678901234567890)",
        "SUM(QUANTISE(price))",
        "SUM(QUANTISE(price, 13))",
        "SUM(QUANTISE(price, qty))",
        "turnover * 1e999999999",
        "SUM(price * 1e-400)",
    ],
    "Lengths of time": [
        "AS_OF() - MAX(sold_at)",
        "AVG(ended - sold_at)",
        "MAX(sold_at) + MAX(ended)",
        "MAX(ended - sold_at) * 2",
        "MAX(ended - sold_at) / 24",
        "MAX(ended - sold_at) + 1",
        "MAX(sold_at) - turnover",
        "DURATION('1 month')",
        "DURATION(7)",
        "SUM(sold_at)",
        "STDDEV(ended - sold_at)",
        "COUNT(*) FILTER (WHERE ended - sold_at > 3)",
    ],
}


def report() -> str:
    """Every formula with what is said about it."""
    parts = []
    for title, formulas in REFUSED.items():
        parts += [f"== {title} ==\n", *(told(formula) for formula in formulas)]
    return "\n".join(parts)


def test_every_refusal_is_as_reviewed(rewrite: bool) -> None:
    """Code, place, fact, note and help of each refusal are those that were reviewed."""
    said = report()
    if rewrite:
        GOLDEN.write_text(said, encoding="utf-8")
    assert said == GOLDEN.read_text(encoding="utf-8"), f"rewrite with: pytest {__file__} --rewrite"


@pytest.mark.parametrize("formula", [f for formulas in REFUSED.values() for f in formulas])
def test_refused(formula: str) -> None:
    """Each of these formulas is stopped, with a place inside its text."""
    errors = [finding for finding in findings_of(formula) if finding.severity == "error"]
    assert errors
    for finding in errors:
        assert finding.span is not None
        assert 1 <= finding.span.column <= finding.span.end_column <= len(formula) + 1


def test_every_code_of_formulas_is_shown() -> None:
    """Each code that a formula can meet stands in the reviewed text."""
    elsewhere = {
        "formula/measure", "formula/too-long", "formula/too-deep", "formula/two-clocks",
    }  # fmt: skip
    codes = {code for code in CODES if code.startswith("formula/")} - elsewhere
    assert codes - {word.rstrip(":") for word in report().split()} == set()
