"""The mutations of a module: small changes of its syntax tree that its tests should notice.

Left alone are strings, annotations, decorators, what is raised (a message's wording), and keyword arguments that only
hint (`HINTS`).
"""

import ast
import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any

HINTS = frozenset({"strict", "dtype", "copy", "out", "frozen"})
COMPARED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
COMPUTED: Mapping[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Div,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}
_NAMES = (("min", "max"), ("any", "all"), ("ceil", "floor"), ("minimum", "maximum"), ("fmin", "fmax"))
CALLED = {
    a: b for pair in (*_NAMES, ("nanmin", "nanmax"), ("argmin", "argmax")) for a, b in (pair, pair[::-1])
}
LEFT_ALONE = frozenset({"annotation", "returns", "decorator_list", "exc", "cause", "type_comment"})


@dataclass(frozen=True)
class Mutant:
    """One mutation: `number` counts those of its module, `inside` is the function or class that holds it.

    `lines` are those of which at least one must run for a test to notice; `on_import` where the module's body runs it.
    """

    module: str
    number: int
    inside: str
    line: int
    lines: tuple[int, int]
    before: str
    after: str
    on_import: bool


@dataclass(frozen=True)
class _Place:
    """A node and where it hangs: `position` in the list `field` of `parent`, or None where that is no list."""

    parent: ast.AST
    field: str
    position: int | None
    node: ast.AST
    statement: ast.stmt
    inside: tuple[str, ...]
    on_import: bool

    def put(self, node: ast.AST) -> None:
        """Hang another node there."""
        if self.position is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.position] = node


def mutants(module: str, source: str) -> list[Mutant]:
    """The mutants of a module, in the order of its source."""
    return [
        _described(module, number, *mutation) for number, mutation in enumerate(_mutations(ast.parse(source)))
    ]


def mutated(source: str, number: int) -> ast.Module:
    """The syntax tree of a module with one mutation in it."""
    tree = ast.parse(source)
    place, node = list(_mutations(tree))[number]
    place.put(ast.fix_missing_locations(ast.copy_location(node, place.node)))
    return tree


def _described(module: str, number: int, place: _Place, node: ast.AST) -> Mutant:
    simple = not hasattr(place.statement, "body")
    span = place.statement if simple or not hasattr(place.node, "lineno") else place.node
    lines = (getattr(span, "lineno", 0), getattr(span, "end_lineno", 0) or 0)
    line = getattr(place.node, "lineno", place.statement.lineno)
    inside = ".".join(place.inside) or "the module"
    before, after = (" ".join(ast.unparse(one).split()) for one in (place.node, node))
    return Mutant(module, number, inside, line, lines, before, after, place.on_import)


def _mutations(tree: ast.Module) -> Iterator[tuple[_Place, ast.AST]]:
    for place in _places(tree, None, (), True):
        for node in _alternatives(place.node):
            yield place, node


def _places(
    parent: ast.AST, statement: ast.stmt | None, inside: tuple[str, ...], on_import: bool
) -> Iterator[_Place]:
    for field, value in ast.iter_fields(parent):
        if field in LEFT_ALONE:
            continue
        runs_now = on_import and not (isinstance(parent, ast.FunctionDef | ast.Lambda) and field == "body")
        named = (*inside, parent.name) if isinstance(parent, ast.FunctionDef | ast.ClassDef) else inside
        for position, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(node, ast.AST):
                continue
            holder = node if isinstance(node, ast.stmt) else statement
            if holder is not None:
                yield _Place(parent, field, position, node, holder, named, runs_now)
            yield from _places(node, holder, named, runs_now)


def _alternatives(node: ast.AST) -> Iterator[ast.AST]:
    for kind, changed in _CHANGES:
        if isinstance(node, kind):
            yield from changed(node)
    if _is_effect(node):
        yield ast.Pass()


def _other_comparisons(node: ast.Compare) -> Iterator[ast.AST]:
    for at, operator in enumerate(node.ops):
        yield _with(node, ops=[*node.ops[:at], COMPARED[type(operator)](), *node.ops[at + 1 :]])


def _other_operators(node: ast.BinOp | ast.AugAssign) -> Iterator[ast.AST]:
    if type(node.op) in COMPUTED:
        yield _with(node, op=COMPUTED[type(node.op)]())


def _other_constants(node: ast.Constant) -> Iterator[ast.AST]:
    if isinstance(node.value, bool | int | float):
        yield ast.Constant(_other(node.value))


def _opposite_conditions(node: ast.If | ast.While) -> Iterator[ast.AST]:
    """Conditions that hold no comparison of their own: those are changed where they stand."""
    if isinstance(node.test, ast.Name | ast.Call | ast.Attribute | ast.NamedExpr):
        yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))


def _other_calls(node: ast.Call) -> Iterator[ast.AST]:
    for keyword in node.keywords:
        if keyword.arg is not None and keyword.arg not in HINTS and keyword.arg[:1].islower():
            yield _with(node, keywords=[one for one in node.keywords if one is not keyword])
    match node.func:
        case ast.Name(id=name) if name in CALLED:
            yield _with(node, func=_with(node.func, id=CALLED[name]))
        case ast.Attribute(attr=name) if name in CALLED:
            yield _with(node, func=_with(node.func, attr=CALLED[name]))


def _is_effect(node: ast.AST) -> bool:
    """Tell statements that may be left out: what they change is not bound to a local name."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call)
    if isinstance(node, ast.Assign):
        return isinstance(node.targets[0], ast.Subscript | ast.Attribute)
    return isinstance(node, ast.AugAssign | ast.Raise)


_CHANGES: Sequence[tuple[type[ast.AST] | UnionType, Callable[[Any], Iterator[ast.AST]]]] = (
    (ast.Compare, _other_comparisons),
    (
        ast.BoolOp,
        lambda node: iter([_with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())]),
    ),
    (ast.BinOp | ast.AugAssign, _other_operators),
    (ast.UnaryOp, lambda node: iter([node.operand])),
    (ast.Constant, _other_constants),
    (ast.Call, _other_calls),
    (ast.IfExp, lambda node: iter([_with(node, body=node.orelse, orelse=node.body)])),
    (ast.If | ast.While, _opposite_conditions),
    (ast.comprehension, lambda node: iter([_with(node, ifs=[])] if node.ifs else [])),
    (ast.Break, lambda _: iter([ast.Continue()])),
    (ast.Continue, lambda _: iter([ast.Break()])),
)


def _other(value: float) -> float:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return value * 1.5 if value else 1.0


def _with(node: ast.AST, **fields: object) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed
