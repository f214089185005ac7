"""Assets that a page's head requests, before any module has run."""

import re

import pytest

from ppa_web.assets import STATIC, imports_of, static_files

STATIC_IMPORT = re.compile(r"^import\b(?!\()", re.MULTILINE)
SOURCES = {name: asset.body.decode() for name, asset in static_files().items() if name.endswith(".js")}


@pytest.mark.parametrize("name", SOURCES)
def test_every_import_of_a_module_is_asked_for_once(name: str) -> None:
    asked = imports_of(name.removeprefix("js/").removesuffix(".js"))
    direct = [one for one in asked if f'from "./{one.removeprefix("js/")}";' in SOURCES[name]]
    assert len(direct) == len(STATIC_IMPORT.findall(SOURCES[name]))
    assert len(asked) == len(set(asked))


def test_imports_are_followed_to_the_last_and_imports_by_need_are_not() -> None:
    asked = imports_of("configure")
    assert {"js/pricechart.js", "js/label_shading.js"} <= set(asked)
    assert not {"js/configure.js", "js/labels.js", "js/explore.js"} & set(asked)


@pytest.mark.parametrize("name", SOURCES)
def test_a_script_is_sent_without_comments_and_with_its_line_numbers(name: str) -> None:
    written = (STATIC / name).read_text()
    sent = SOURCES[name]
    assert len(sent) < len(written)
    pairs = list(zip(written.split("\n"), sent.split("\n"), strict=True))
    changed = [one.strip() for one, other in pairs if one.strip() != other]
    assert [one for one in changed if not one.startswith(("//", "/**", "*"))] == []
    assert not re.search(r"^\s*(//|/\*\*[^/]*$|\*)", sent, re.MULTILINE)


@pytest.mark.parametrize("name", SOURCES)
def test_no_text_of_a_script_spans_lines_since_indentation_is_not_sent(name: str) -> None:
    code = [line for line in SOURCES[name].split("\n") if line.replace("\\`", "").count("`") % 2]
    assert code == []
