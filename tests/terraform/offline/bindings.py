"""Recover block schemas from the generated JavaScript bindings of a Terraform provider.

The bindings name, for each attribute, whether it is computed, optional and required (a comment on its
accessor), its type (`synthesizeHclAttributes`, or the accessor's getter) and its nesting (the class that
stands for it).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from blocks import Attribute, Block, CtyType, NestedBlock, Nesting

_TOP_LEVEL = re.compile(r"^(?:class|function) (\w+)", re.M)
_MEMBER = re.compile(r"^ *// (\w+) - computed: (\w+), optional: (\w+), required: (\w+)$", re.M)
_ARGUMENT = re.compile(
    r"(\w+): \{\s+value: [^\n]+\n\s+isBlock: (true|false),\s+type: \"(\w+)\",\s+storageClassType: \"(\w+)\""
)
_CHILD = re.compile(r"= new (\w+)\(this, [\"']\w+[\"'](?:, (true|false))?\)")
_ELEMENT = re.compile(r"new (\w+OutputReference)\(")
_GETTER = re.compile(r"(Fn\.tolist\()?this\.(get\w+Attribute)\(|new cdktn\.(\w+Map)\(this")
_GETTER_TYPES: Mapping[str, CtyType] = MappingProxyType(
    {
        "getStringAttribute": "string",
        "getNumberAttribute": "number",
        "getBooleanAttribute": "bool",
        "getListAttribute": ["list", "string"],
        "getNumberListAttribute": ["list", "number"],
        "getStringMapAttribute": ["map", "string"],
        "StringMap": ["map", "string"],
        "BooleanMap": ["map", "bool"],
        "NumberMap": ["map", "number"],
        "StringMapList": ["list", ["map", "string"]],
    }
)
_ARGUMENT_TYPES: Mapping[str, CtyType] = MappingProxyType(
    {"string": "string", "number": "number", "boolean": "bool", "stringMap": ["map", "string"]}
)
_ELEMENT_TYPES: Mapping[str, CtyType] = MappingProxyType({"stringList": "string", "numberList": "number"})


@dataclass(frozen=True)
class _Argument:
    is_block: bool
    kind: str
    storage: str

    @property
    def type(self) -> CtyType | None:
        if self.storage in _ELEMENT_TYPES:
            return [self.kind, _ELEMENT_TYPES[self.storage]]
        return _ARGUMENT_TYPES.get(self.storage)


@dataclass(frozen=True)
class _Member:
    name: str
    computed: bool
    optional: bool
    required: bool
    text: str

    def attribute(self, kind: CtyType) -> Attribute:
        write_only = self.name.endswith("_wo")
        return Attribute(kind, self.required, self.optional, self.computed, write_only)


class Bindings:
    """The bindings of one resource type, data source or provider."""

    def __init__(self, javascript: str) -> None:
        """Split the file into its top-level classes and functions."""
        self._parts = {mark[1]: mark[0] + text for mark, text in _split(_TOP_LEVEL, javascript)}

    def block(self) -> Block:
        """The schema of the type that these bindings are for."""
        return self._block(next(name for name in self._parts if self._is_entry(name)))

    def _is_entry(self, name: str) -> bool:
        return bool(re.match(rf"class {name} extends cdktn\.Terraform\w+ \{{", self._parts[name]))

    def _block(self, class_name: str) -> Block:
        arguments = self._arguments(class_name)
        block = Block()
        for member in self._members(class_name):
            self._add(block, member, arguments.get(member.name))
        return block

    def _add(self, block: Block, member: _Member, argument: _Argument | None) -> None:
        child, is_block = _CHILD.search(member.text), argument is not None and argument.is_block
        if child is None and is_block:
            return  # no class describes the provider's own blocks (batching, external_credentials)
        if child is None:
            block.attributes[member.name] = member.attribute(_simple_type(member, argument))
        elif argument is not None and argument.is_block:
            block.blocks[member.name] = self._nested(child[1], member, argument)
        else:
            kind = "set" if child[2] == "true" else "list"
            inner = self._block(self._element(child[1])).as_type()
            block.attributes[member.name] = member.attribute([kind, inner])

    def _nested(self, child: str, member: _Member, argument: _Argument) -> NestedBlock:
        block = self._block(self._element(child))
        if argument.kind == "struct":
            return NestedBlock(block, Nesting.SINGLE, 0, 0)
        nesting = Nesting.SET if argument.kind == "set" else Nesting.LIST
        return NestedBlock(block, nesting, int(member.required), 0 if self._is_many(child) else 1)

    def _is_many(self, class_name: str) -> bool:
        return "extends cdktn.ComplexList" in self._parts[class_name]

    def _element(self, class_name: str) -> str:
        if not self._is_many(class_name):
            return class_name
        element = _ELEMENT.search(self._parts[class_name])
        if element is None:
            raise ValueError(f"The bindings' list {class_name} names no element class.")
        return element[1]

    def _arguments(self, class_name: str) -> dict[str, _Argument]:
        struct = class_name.removesuffix("OutputReference")
        function = f"{struct[0].lower()}{struct[1:]}ToHclTerraform"
        text = self._parts[class_name] if self._is_entry(class_name) else self._parts.get(function, "")
        return {m[1]: _Argument(m[2] == "true", m[3], m[4]) for m in _ARGUMENT.finditer(text)}

    def _members(self, class_name: str) -> Iterator[_Member]:
        text = self._parts[class_name].split("// SYNTHESIS")[0]
        for mark, member in _split(_MEMBER, text):
            computed, optional, required = (flag == "true" for flag in mark.groups()[1:])
            yield _Member(mark[1], computed, optional, required, member)


def _split(pattern: re.Pattern[str], text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Each match, with the text from it to the next one."""
    marks = list(pattern.finditer(text))
    for position, mark in enumerate(marks, start=1):
        end = marks[position].start() if position < len(marks) else len(text)
        yield mark, text[mark.end() : end]


def _simple_type(member: _Member, argument: _Argument | None) -> CtyType:
    if argument is not None and argument.type is not None:
        return argument.type
    getter = _GETTER.search(member.text)
    if getter is None:
        raise ValueError(f"The bindings name no type for {member.name}.")
    kind = _GETTER_TYPES[getter[2] or getter[3]]
    return ["set", kind[1]] if getter[1] and isinstance(kind, list) else kind
