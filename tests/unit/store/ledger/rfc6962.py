"""RFC 6962 as sections 2.1 to 2.1.2 define it: recursive, slow, apart from what it checks."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Reference:
    """The trees over the first leaves of a log.

    Args:
        leaves: the hashes of the leaves.
    """

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self._leaves = leaves
        self._known: dict[tuple[int, int], bytes] = {}

    def root(self, size: int) -> bytes:
        """MTH(D[size])."""
        return self._mth(0, size)

    def inclusion(self, m: int, size: int) -> list[bytes]:
        """PATH(m, D[size])."""
        return self._path(m, 0, size)

    def consistency(self, m: int, size: int) -> list[bytes]:
        """PROOF(m, D[size])."""
        return self._subproof(m, 0, size, known=True)

    def _mth(self, start: int, end: int) -> bytes:
        if (start, end) not in self._known:
            self._known[start, end] = self._computed(start, end)
        return self._known[start, end]

    def _computed(self, start: int, end: int) -> bytes:
        if start == end:
            return sha256(b"").digest()
        if end - start == 1:
            return self._leaves[start]
        middle = start + _k(end - start)
        return sha256(b"\x01" + self._mth(start, middle) + self._mth(middle, end)).digest()

    def _path(self, m: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + _k(end - start)
        if m < middle:
            return [*self._path(m, start, middle), self._mth(middle, end)]
        return [*self._path(m, middle, end), self._mth(start, middle)]

    def _subproof(self, m: int, start: int, end: int, *, known: bool) -> list[bytes]:
        if m == end:
            return [] if known else [self._mth(start, end)]
        middle = start + _k(end - start)
        if m <= middle:
            return [*self._subproof(m, start, middle, known=known), self._mth(middle, end)]
        return [*self._subproof(m, middle, end, known=False), self._mth(start, middle)]


def _k(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k
