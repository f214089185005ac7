"""A provider's schema as Terraform's plugin protocol knows it: attributes, and blocks within blocks."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeAlias

CtyType: TypeAlias = str | list["CtyType"] | dict[str, "CtyType"]
"""A type as Terraform writes it in JSON: `"string"`, `["list", "string"]`, `["object", {...}]`."""


class Nesting(IntEnum):
    """How often a block may stand in its parent; the numbers are the protocol's."""

    SINGLE = 1
    LIST = 2
    SET = 3


@dataclass(frozen=True)
class Attribute:
    """One argument or computed value."""

    type: CtyType
    required: bool
    optional: bool
    computed: bool
    write_only: bool


@dataclass(frozen=True)
class Block:
    """A block's attributes and the blocks within it, by name."""

    attributes: dict[str, Attribute] = field(default_factory=dict)
    blocks: "dict[str, NestedBlock]" = field(default_factory=dict)

    def as_type(self) -> CtyType:
        """The object type of a value shaped like this block."""
        fields: dict[str, CtyType] = {name: a.type for name, a in self.attributes.items()}
        fields |= {name: ["list", nested.block.as_type()] for name, nested in self.blocks.items()}
        return ["object", fields]


@dataclass(frozen=True)
class NestedBlock:
    """A block in its parent; `max_items` 0 is without limit."""

    block: Block
    nesting: Nesting
    min_items: int
    max_items: int


@dataclass(frozen=True)
class ProviderSchema:
    """The provider's own block and those of its resource and data types."""

    provider: Block
    resources: dict[str, Block]
    data_sources: dict[str, Block]
