"""How good models were, are and may become: performance, comparison, drift, and what following them earns."""
