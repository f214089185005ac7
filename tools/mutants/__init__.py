"""Mutation testing of the core: small faults are put into it, and the unit tests should fail for each."""
