"""Programs: models as small graphs of operators over plain arrays, evaluated to the same bits on any machine.

A program is checked once; its evaluation then cannot fail, exceed its budget or read outside its arrays. Values are
float64, of shape (rows, width). Sums are taken from left to right, without BLAS, and functions are made of +, -, *, /
and exact operations, so that a row gives the same bits alone, among many and in a browser.
"""

from ppa.core.programs.checking import CheckedProgram, check
from ppa.core.programs.evaluation import evaluate
from ppa.core.programs.graph import LIMIT, Node, Program, ProgramRefused

__all__ = ["LIMIT", "CheckedProgram", "Node", "Program", "ProgramRefused", "check", "evaluate"]
