"""The ledger: what was decided, and proof of it.

`log.Ledger` appends, reads and proves; `office_ledger.open_ledger` opens an office's own. The tree
is in `tree`, texts that are signed in `note` and `checkpoint`, tables in `tables` and `migrations`.
"""
