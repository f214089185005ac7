"""Write a provider's schema as the protobuf message that Terraform's plugin protocol 6 expects.

Field numbers are those of `tfplugin6.proto`; seven messages do not justify a generated module.
"""

import json

from blocks import Attribute, Block, NestedBlock, ProviderSchema


def provider_schema(schema: ProviderSchema) -> bytes:
    """The message `GetProviderSchema.Response`."""
    types = [(2, schema.resources), (3, schema.data_sources)]
    entries = [_entry(number, name, block) for number, by in types for name, block in by.items()]
    return _message(1, _schema(schema.provider)) + b"".join(entries)


def _entry(number: int, name: str, block: Block) -> bytes:
    return _message(number, _message(1, name.encode()) + _message(2, _schema(block)))


def _schema(block: Block) -> bytes:
    return _message(2, _block(block))


def _block(block: Block) -> bytes:
    attributes = [_message(2, _attribute(name, a)) for name, a in sorted(block.attributes.items())]
    nested = [_message(3, _nested(name, n)) for name, n in sorted(block.blocks.items())]
    return b"".join(attributes + nested)


def _attribute(name: str, attribute: Attribute) -> bytes:
    is_required = attribute.required
    flags = [
        (4, is_required),
        (5, attribute.optional and not is_required),
        (6, attribute.computed and not is_required),
        (11, attribute.write_only),
    ]
    written = b"".join(_number(number, 1) for number, is_set in flags if is_set)
    return _message(1, name.encode()) + _message(2, json.dumps(attribute.type).encode()) + written


def _nested(name: str, nested: NestedBlock) -> bytes:
    counts = _number(3, nested.nesting) + _number(4, nested.min_items) + _number(5, nested.max_items)
    return _message(1, name.encode()) + _message(2, _block(nested.block)) + counts


def _message(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
