"""Everything PMPO promises, tested with real files and real engines."""
