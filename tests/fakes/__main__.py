"""Run the fakes manually: `python -m tests.fakes --data ../shared/data --port 9000`."""

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

from ppa.ops.clock import utc_now
from tests.fakes.data import load_world
from tests.fakes.faults import PROVIDERS
from tests.fakes.server import FakeProviders


def main() -> None:
    """Serve until interrupted."""
    arguments = _arguments()
    late = utc_now() - arguments.now if arguments.now else timedelta(0)
    world = load_world(arguments.data)
    with FakeProviders(world, clock=lambda: utc_now() - late, port=arguments.port) as fakes:
        _say(
            f"bars of {', '.join(world.bars)}; {', '.join(world.levels)}; it is {fakes.clock():%Y-%m-%d %H:%M} UTC"
        )
        for provider in PROVIDERS:
            _say(f"PPA_{provider.upper()}_BASE_URL={fakes.url(provider)}")
        _say(f"trouble: curl -X POST '{fakes.url('_control')}/coinbase?fault=limit&times=2&retry_after=30'")
        try:
            Event().wait()
        except KeyboardInterrupt:
            _say("stopped")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with btc/ and macro/")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--now", type=_moment, help="what time it is there, UTC: 2022-08-20T00:00")
    return parser.parse_args()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
