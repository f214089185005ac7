"""Synthetic provider: plausible history and live prices from a seed, without a network, marked as synthetic."""

from ppa.providers.synthetic.provider import SyntheticProvider

__all__ = ["SyntheticProvider"]
