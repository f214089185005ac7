"""Send thousands of generated requests to the API: no fault, and every response as declared.

usage: python -m tests.torture.api [CASES OF EACH OPERATION]
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CASES = 60


def main(arguments: list[str]) -> int:
    """Run the tests of generated requests with many cases; they fail below 3,000 requests."""
    cases = arguments[0] if arguments else str(CASES)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        "0",
        "-q",
        "-s",
        "tests/integration/test_openapi_cases.py",
    ]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "PPA_CASES": cases}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
