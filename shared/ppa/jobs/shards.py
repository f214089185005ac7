"""Shards: split the models among several parallel calls of the hourly job."""

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
    """Shard `number` of `count`, counted from 1."""

    number: int = 1
    count: int = 1

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    @property
    def first(self) -> bool:
        """True for the shard that also does the work that is needed only once per hour."""
        return self.number == 1

    def select(self, models: "Iterable[RegisteredModel]") -> "list[RegisteredModel]":
        """Return the models of this shard; the assignment depends on the model's identifier only."""
        return [model for model in models if self._number_of(model.model_id) == self.number]

    def job_name(self, name: str) -> str:
        """Return the name its runs are recorded under, that of its schedule; the first shard keeps the job's name."""
        return name if self.first else f"{name}-{self.number}"

    def _number_of(self, model_id: str) -> int:
        return int.from_bytes(sha256(model_id.encode()).digest()[:8], "big") % self.count + 1


WHOLE = Shard()


def parse_shard(text: str | None) -> Shard:
    """Parse `2/4` as the second of four shards and an empty text as all models; raise BadInput otherwise."""
    if not text:
        return WHOLE
    match = _SHARD.fullmatch(text)
    if not match or int(match[1]) > int(match[2]):
        raise BadInput(f"shard is {text!r}; give the number and the count of shards, such as 1/4 to 4/4.")
    return Shard(int(match[1]), int(match[2]))
