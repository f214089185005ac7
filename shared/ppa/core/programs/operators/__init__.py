"""The operators of programs, by name."""

from collections.abc import Mapping

from ppa.core.programs.operators import arithmetic, distances, layout, linear, tables, trees
from ppa.core.programs.operators.operator import Compute, Operator, Parameter, Signal

OPERATORS: Mapping[str, Operator] = {
    **layout.OPERATORS,
    **arithmetic.OPERATORS,
    **linear.OPERATORS,
    **tables.OPERATORS,
    **trees.OPERATORS,
    **distances.OPERATORS,
}

__all__ = ["OPERATORS", "Compute", "Operator", "Parameter", "Signal"]
