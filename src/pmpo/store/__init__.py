"""Where data comes from and where results stay: readers, engine, snapshots and the office store."""
