"""How numbers are rounded wherever people read them: half up."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def shown(value: Decimal, digits: int = 1) -> Decimal:
    """A number rounded half up to `digits` after the point.

    Example:
        >>> str(shown(Decimal("6.25"))), str(shown(Decimal("-6.25")))
        ('6.3', '-6.3')
    """
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
