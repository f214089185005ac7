"""Notes that the summary of a run prints, from whichever process they come."""

NOTES: list[str] = []


def note(line: str) -> None:
    """Keep a line for the summary; it is printed once, however often it is given."""
    if line not in NOTES:
        NOTES.append(line)
