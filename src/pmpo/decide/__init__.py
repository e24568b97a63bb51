"""From a recommendation to a decision: who may do what, the gate, and what the ledger says."""
