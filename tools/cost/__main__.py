"""Command of `make cost`: measures, prices, and writes docs/cost.md."""

import sys

from tools.cost.bill import bill
from tools.cost.measuring import measure
from tools.cost.page import MAX_USD, PAGE, cost_page
from tools.cost.workload import ASSUMED, WORKLOAD


def main() -> int:
    """Print and write the page; return exit code 1 if the month exceeds the limit."""
    lines = bill(measure(WORKLOAD), WORKLOAD)
    page = cost_page(lines, WORKLOAD, ASSUMED)
    PAGE.write_text(page, encoding="utf-8")
    sys.stdout.write(page)
    return int(sum(line.usd for line in lines) > MAX_USD)


if __name__ == "__main__":
    sys.exit(main())
