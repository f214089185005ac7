"""Former names of commands and settings, which are accepted for one release."""

import pytest
from click.testing import CliRunner

from ppa.cli.main import ppa
from ppa.core.errors import BadInput
from ppa.ops.settings import load_settings


def test_rules_is_a_hidden_alias_of_policies() -> None:
    shown = CliRunner().invoke(ppa, ["--help"]).output.split()
    assert "policies" in shown
    assert "rules" not in shown
    former, present = (CliRunner().invoke(ppa, [name, "--help"]) for name in ("rules", "policies"))
    assert former.exit_code == 0
    assert former.output.replace("rules", "policies") == present.output


def test_the_former_variable_of_the_model_limit_is_read_if_only_it_is_set() -> None:
    assert load_settings({}).max_model_mib == 64
    assert load_settings({"PPA_LARGEST_MODEL": "30"}).max_model_mib == 30
    assert load_settings({"PPA_LARGEST_MODEL": "30", "PPA_MAX_MODEL_MIB": "20"}).max_model_mib == 20


@pytest.mark.parametrize("name", ["PPA_LARGEST_MODEL", "PPA_MAX_MODEL_MIB"])
def test_a_model_limit_that_cannot_be_read_is_reported_by_the_name_that_was_set(name: str) -> None:
    with pytest.raises(BadInput, match=name):
        load_settings({name: "65"})
