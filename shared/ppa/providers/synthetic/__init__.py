"""A source without a network: plausible history and live prices from a seed, marked as made up."""

from ppa.providers.synthetic.provider import SyntheticProvider

__all__ = ["SyntheticProvider"]
