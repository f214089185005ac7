"""LightGBM and XGBoost models: accepted where these are installed, refused if their trees were modified."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile_files import LABELS, ROWS, members_of, zipped
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ppa.core.programs import evaluate
from ppa.modelfiles import files, sandbox
from ppa.modelfiles.errors import ModelRefused
from ppa.modelfiles.files import OPTIONAL_REQUIREMENTS, dump_model, inspect, load_model
from ppa.modelfiles.safety.tree_checks import check_lightgbm, check_xgboost
from ppa.modelfiles.safety.ubjson import parse

INPUT = ROWS.mask(ROWS > 1)


def lightgbm() -> Any:
    kind = pytest.importorskip(
        "lightgbm", reason="LightGBM is not installed", exc_type=(ImportError, OSError)
    )
    return kind.LGBMClassifier(n_estimators=4, num_leaves=5, min_child_samples=5, verbose=-1)


def xgboost() -> Any:
    kind = pytest.importorskip("xgboost", reason="XGBoost is not installed", exc_type=(ImportError, OSError))
    return kind.XGBClassifier(n_estimators=4, max_depth=3)


@pytest.mark.parametrize("make", [lightgbm, xgboost])
def test_it_is_accepted_alone_and_in_a_pipeline(make: Callable[[], Any]) -> None:
    for model in (make(), make_pipeline(StandardScaler(), make())):
        model.fit(INPUT, LABELS)
        loaded = load_model(dump_model(model), sha256=None)
        np.testing.assert_allclose(loaded.predict_proba(INPUT), model.predict_proba(INPUT))


@pytest.mark.parametrize("make", [lightgbm, xgboost])
def test_the_gate_converts_it_in_its_child(make: Callable[[], Any]) -> None:
    model = make().fit(INPUT, LABELS)
    seen = sandbox.convert(dump_model(model), INPUT)
    assert (seen.estimator, seen.program.program.columns) == (type(model).__name__, tuple(INPUT.columns))
    np.testing.assert_allclose(
        evaluate(seen.program, INPUT.to_numpy()), model.predict_proba(INPUT)[:, 1], rtol=1e-6
    )


TAMPERED = {
    "a child that is far away": ("left_child=", "left_child=99999 "),
    "a child before its parent": ("right_child=", "right_child=0 "),
    "a feature that there is not": ("split_feature=", "split_feature=77 "),
    "a tree of another length": ("tree_sizes=", "tree_sizes=9"),
    "two of one field": ("shrinkage=", "num_cat=0\nshrinkage="),
    "categories": ("num_cat=0", "num_cat=1"),
    "another objective": ("objective=binary", "objective=lambdarank"),
    "more leaves": ("num_leaves=", "num_leaves=1"),
}


@pytest.mark.parametrize("fault", TAMPERED)
def test_a_lightgbm_text_that_was_tampered_with_is_refused_unbuilt(fault: str) -> None:
    data = members_of(dump_model(lightgbm().fit(INPUT, LABELS)))
    old, new = (json.dumps(json.dumps(text)[1:-1])[1:-1] for text in TAMPERED[fault])
    schema = data["schema.json"].decode()
    assert old in schema
    with pytest.raises(ModelRefused) as refused:
        inspect(zipped(data | {"schema.json": schema.replace(old, new, 1).encode()}))
    assert refused.value.code == "model_schema_unsound"


def test_an_xgboost_model_that_was_tampered_with_is_refused_unbuilt() -> None:
    """Any changed byte of the trees' structure is refused or harmless."""
    data = members_of(dump_model(xgboost().fit(INPUT, LABELS)))
    name = next(name for name in data if name.endswith(".bin"))
    for field in (b"left_children", b"split_indices", b"num_nodes", b"num_trees"):
        broken = bytearray(data[name])
        place = broken.rindex(field) + len(field)
        digits = [i for i in range(place, place + 24) if broken[i] in b"0123456789"]
        target = digits[0] if field.startswith(b"num") else place + 16
        broken[target] = ord("9") if field.startswith(b"num") else 0x7F
        with pytest.raises(ModelRefused) as refused:
            inspect(zipped(data | {name: bytes(broken)}))
        assert refused.value.code == "model_schema_unsound", field


def test_what_is_no_model_at_all_is_refused() -> None:
    for wrong in (None, 7, "", "tree\n", "tree\nversion=v4\nend of trees\n"):
        with pytest.raises((ValueError, KeyError)):
            check_lightgbm(wrong)
    for data in (b"", b"{", b"[]", b"Z", b"{i\x01aZ}", b"[" * 200, b"[$i#i\x7f", b"SL" + b"\xff" * 8, b"ZZ"):
        with pytest.raises(ValueError, match=r"it |part|data"):
            check_xgboost(data)
    assert parse(b"{i\x01a[$U#i\x02\x01\x02i\x01b[TZ]}") == {"a": [1, 2], "b": [True, None]}


@pytest.mark.parametrize(("make", "library"), [(lightgbm, "lightgbm"), (xgboost, "xgboost")])
def test_where_the_library_is_missing_the_refusal_says_what_to_install(
    make: Callable[[], Any], library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = dump_model(make().fit(INPUT, LABELS))
    monkeypatch.setattr(files, "find_spec", lambda name: None)
    with pytest.raises(ModelRefused, match=f"needs {library}, which is not installed") as refused:
        inspect(data)
    assert f"Install {OPTIONAL_REQUIREMENTS[library]} into that environment" in refused.value.remedy
    assert "price-prediction-app" not in refused.value.remedy


def test_what_is_to_be_installed_is_what_is_pinned() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert {name: [pin] for name, pin in OPTIONAL_REQUIREMENTS.items()} == project["optional-dependencies"]
