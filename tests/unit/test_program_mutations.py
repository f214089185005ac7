"""Damaged programs: a sample of `make torture`."""

from tests.torture.programs import torture


def test_a_damaged_program_is_refused_or_keeps_its_promise() -> None:
    ends = torture(3000, seed=0)
    assert ends["refused"] > 1000
    assert ends["ran"] > 300
