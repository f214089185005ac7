"""Write the part of `docs/models.md` that lists what converts to a program."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import fill

from ppa.core.programs.operators import OPERATORS
from ppa.modelfiles.convert import registry, scaling

MODELS_PAGE = Path(__file__).parents[1] / "docs" / "models.md"
START, END = "<!-- make schemas writes this part -->\n", "<!-- until here -->\n"
WIDTH = 120


def models_page() -> str:
    """Return the text of the page with its generated part renewed."""
    page = MODELS_PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return before + START + "\n".join(_lines()) + "\n" + END + after


def _lines() -> Iterator[str]:
    classifiers = {*registry.PROBABILITIES, *registry.DECISIONS} - {"RFE", "RFECV"}
    yield _item("Classifiers", sorted(classifiers))
    yield _item(
        "Transformers", [*sorted(registry.TRANSFORMERS), "and every feature selector with `get_support`"]
    )
    yield _item("Regressors, inside imputers and stacks", sorted(registry.REGRESSORS))
    yield _item("Functions of FunctionTransformer", [f"`np.{name}`" for name in sorted(scaling.FUNCTIONS)])
    yield ""
    yield "| operator | gives |"
    yield "|---|---|"
    yield "| `input` | The row. |"
    yield from (f"| `{name}` | {operator.meaning} |" for name, operator in OPERATORS.items())


def _item(title: str, names: Iterable[str]) -> str:
    text = f"- **{title}:** {', '.join(names)}"
    return fill(text, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
