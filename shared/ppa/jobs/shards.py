"""Shards: with many models, several calls of the hourly job side by side, each for its own part of them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from ppa.core.errors import BadInput

if TYPE_CHECKING:
    from ppa.repository.models import RegisteredModel

_SHARD = re.compile(r"([1-9][0-9]{0,2})/([1-9][0-9]{0,2})")


@dataclass(frozen=True)
class Shard:
    """Part `number` of `count`, from 1."""

    number: int = 1
    count: int = 1

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    @property
    def first(self) -> bool:
        """Whether it does what only one of them has to do."""
        return self.number == 1

    def of(self, models: "Iterable[RegisteredModel]") -> "list[RegisteredModel]":
        """The models of this shard; a model's shard follows from its id alone."""
        return [model for model in models if self._place(model.model_id) == self.number]

    def job(self, name: str) -> str:
        """What its runs are written down as: the name of its schedule, which for the first is the job's own."""
        return name if self.first else f"{name}-{self.number}"

    def _place(self, model_id: str) -> int:
        return int.from_bytes(sha256(model_id.encode()).digest()[:8], "big") % self.count + 1


WHOLE = Shard()


def parse_shard(text: str | None) -> Shard:
    """`2/4` as the second of four shards, nothing as the whole; BadInput for anything else."""
    if not text:
        return WHOLE
    found = _SHARD.fullmatch(text)
    if not found or int(found[1]) > int(found[2]):
        raise BadInput(f"shard is {text!r}; give its number and how many there are, such as 1/4 to 4/4.")
    return Shard(int(found[1]), int(found[2]))
