"""Hostile and broken model files: each is refused with a reason, and none of their code runs."""

import json
import socket
import struct
import subprocess
import sys
import warnings
from dataclasses import asdict, replace
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hostile_files import (
    CANARY_MODULE,
    LABELS,
    REFUSED_ON_BUILDING,
    REFUSED_UNBUILT,
    ROWS,
    Members,
    members_of,
    node,
    sequence,
    with_node,
    zipped,
)
from sklearn.base import BaseEstimator
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from ppa.core.errors import BadInput, Refused, Unavailable
from ppa.core.programs import evaluate
from ppa.core.programs.archive import dump
from ppa.modelfiles import sandbox
from ppa.modelfiles.attempts import ATTEMPTS, CONNECT, EXECUTE, SIGNAL, WRITE
from ppa.modelfiles.confinement import measure
from ppa.modelfiles.convert import convert
from ppa.modelfiles.errors import ModelRefused
from ppa.modelfiles.files import dump_model, inspect, load_model
from ppa.modelfiles.safety import allowlist, attributes, compiled_checks
from ppa.modelfiles.sandbox import Limits
from ppa.modelfiles.syscalls import SYSTEM_CALLS, _filter

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A file that appears if code from a model file has run."""
    return tmp_path / "canary"


def test_the_corpus_is_large_and_its_genuine_file_passes() -> None:
    assert len(REFUSED_UNBUILT) + len(REFUSED_ON_BUILDING) >= 40
    data = dump_model(LogisticRegression().fit(ROWS, LABELS))
    assert load_model(data, sha256=None).classes_.tolist() == [0, 1]


@pytest.mark.parametrize("name", REFUSED_UNBUILT)
def test_it_is_refused_before_anything_is_built(name: str, canary: Path) -> None:
    code, make = REFUSED_UNBUILT[name]
    data = _made(make, canary)
    with pytest.raises(ModelRefused) as refused:
        inspect(data)
    _assert_clear(refused.value, code)
    with pytest.raises(ModelRefused):
        load_model(data, sha256=None)
    assert not canary.exists()
    assert CANARY_MODULE not in sys.modules


@pytest.mark.parametrize("name", REFUSED_ON_BUILDING)
def test_numbers_that_would_harm_the_process_are_refused_before_a_row_is_predicted(
    name: str, canary: Path
) -> None:
    data = _made(REFUSED_ON_BUILDING[name], canary)
    inspect(data)
    with pytest.raises(ModelRefused) as refused:
        load_model(data, sha256=None)
    _assert_clear(refused.value, "model_unsound")


TREES_AND_TABLES = [
    RandomForestClassifier(3),
    GradientBoostingClassifier(n_estimators=3),
    HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=5),
    KNeighborsClassifier(algorithm="kd_tree", leaf_size=5),
    KNeighborsClassifier(algorithm="ball_tree", leaf_size=5),
    SVC(),
]


@pytest.mark.parametrize("model", TREES_AND_TABLES, ids=lambda model: str(model)[:40])
def test_random_damage_inside_arrays_is_refused_or_harmless(model: BaseEstimator) -> None:
    """Overwrite words of arrays, with valid checksums: no crash, no endless loop, no error but a refusal."""
    genuine = members_of(dump_model(model.fit(ROWS, LABELS)))
    random = Random(5)
    refusals = 0
    for _ in range(40):
        try:
            program = convert(load_model(zipped(_overwritten(genuine, random)), sha256=None), ROWS).program
        except ModelRefused:
            refusals += 1
        else:
            probability = evaluate(program, ROWS.to_numpy())
            assert (((probability >= 0) & (probability <= 1)) | np.isnan(probability)).all()
    assert refusals > 0


def _overwritten(genuine: Members, random: Random) -> Members:
    name = random.choice(
        [name for name, content in genuine.items() if name.endswith(".npy") and len(content) > 128]
    )
    content = bytearray(genuine[name])
    place = 128 + 8 * random.randrange((len(content) - 128) // 8 or 1)
    word = random.choice([bytes(8), b"\xff" * 8, random.randbytes(8), (10**9).to_bytes(8, "little")])
    content[place : place + 8] = word[: len(content) - place]
    return genuine | {name: bytes(content)}


@pytest.mark.parametrize("name", ["joblib", "schema bomb", "partial", "old version"])
def test_the_gate_says_the_same_from_its_child(name: str, canary: Path) -> None:
    code, make = REFUSED_UNBUILT[name]
    with pytest.raises(ModelRefused) as refused:
        sandbox.convert(_made(make, canary), ROWS)
    _assert_clear(refused.value, code)
    assert not canary.exists()


def test_an_encoder_that_would_write_outside_is_refused_by_the_child(canary: Path) -> None:
    with pytest.raises(ModelRefused, match="states another number of columns") as refused:
        sandbox.convert(_made(REFUSED_ON_BUILDING["encoder of fewer columns"], canary), ROWS)
    _assert_clear(refused.value, "model_unsound")


def test_every_type_that_may_be_built_has_a_check() -> None:
    assert attributes.FITTED.keys() == allowlist.ESTIMATORS | allowlist.PARTS
    parts = {allowlist.TREE, *allowlist.TUPLE_PARTS, *allowlist.LOSSES}
    assert attributes.FITTED.keys() | parts >= allowlist.BY_LOADER["ObjectNode"] | allowlist.LOSSES
    assert compiled_checks.CHECKS.keys() <= attributes.FITTED.keys() | parts


def test_a_refused_type_is_named() -> None:
    with pytest.raises(Refused, match=r"subprocess\.Popen"):
        inspect(with_node(node("ObjectNode", "subprocess.Popen")))


def test_the_gate_tells_what_a_good_model_did() -> None:
    rows = ROWS.mask(ROWS > 1)
    model = RandomForestClassifier(20, random_state=0).fit(rows, LABELS)
    parts: list[Any] = []
    seen = sandbox.convert(dump_model(model), rows, on_part=parts.append)
    assert (seen.estimator, seen.program.program.columns) == ("RandomForestClassifier", tuple("abcd"))
    assert [*map(list, parts)] == [["file"], ["estimator"], ["features"], ["program", "proof", "seconds"]]
    expected = model.predict_proba(rows)[:, 1]
    np.testing.assert_array_equal(evaluate(seen.program, rows.to_numpy()), expected)
    assert seen.rule == "equal"
    assert seen.proof_rows > 512


def test_a_child_that_sends_another_program_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program is checked by the parent: damaged, over other columns, or unlike its own probe."""
    converted = convert(LogisticRegression().fit(ROWS, LABELS), ROWS)
    other = convert(LogisticRegression().fit(ROWS.assign(e=1.0), LABELS), ROWS.assign(e=1.0))
    wrong = replace(converted.file, probe_predictions=1 - converted.file.probe_predictions)
    for data, code in (
        (dump(converted.file)[:-9], "model_not_convertible"),
        (dump(other.file), "model_features"),
        (dump(wrong), "model_conversion_differs"),
    ):
        reply = {
            "file": asdict(inspect(_good())),
            "estimator": "X",
            "proof": {"rows": 1, "rule": "equal"},
            "seconds": 1,
        }
        monkeypatch.setattr(sandbox, "_ask_child", lambda *_, reply=reply, data=data: (reply, data))
        with pytest.raises(ModelRefused) as refused:
            sandbox.convert(_good(), ROWS)
        _assert_clear(refused.value, code)


def test_probe_rows_that_are_no_numbers_are_the_callers_mistake() -> None:
    with pytest.raises(BadInput, match="numbers"):
        sandbox.convert(b"", pd.DataFrame({"a": ["x"]}))


def test_a_model_that_takes_too_much_processor_time_is_killed() -> None:
    with pytest.raises(ModelRefused) as refused:
        sandbox.convert(_good(), ROWS, limits=Limits(cpu_seconds=1, wall_seconds=60))
    _assert_clear(refused.value, "model_too_slow")


def test_a_busy_machine_is_not_blamed_on_the_model() -> None:
    with pytest.raises(Unavailable, match=r"within 0\.2 s: the machine is busy\. Upload the model again"):
        sandbox.convert(_good(), ROWS, limits=Limits(wall_seconds=0.2))


def _one_array_built(times: int) -> bytes:
    """A file that stores one array of 8 MiB to which many nodes refer."""
    array = node("NdArrayNode", "numpy.ndarray", type="numpy", file="large.npy")
    stored = BytesIO()
    np.save(stored, np.zeros(1 << 20))
    return with_node(sequence(*([array] * times), kind="list"), extra={"large.npy": stored.getvalue()})


def test_a_file_whose_arrays_multiply_when_built_is_refused() -> None:
    with pytest.raises(ModelRefused, match="exceed the memory limit"):
        inspect(_one_array_built(times=100))


def test_a_model_that_takes_too_much_memory_is_refused() -> None:
    with pytest.raises(ModelRefused) as refused:
        sandbox.convert(_one_array_built(times=60), ROWS, limits=Limits(memory=900 << 20))
    _assert_clear(refused.value, "model_too_large")


ATTEMPTED = """
import json, os, sys
root, folder, port, jailed = sys.argv[1:]
sys.path.insert(0, root)
from ppa.modelfiles import attempts, jail
means = jail.enter() if jailed == "jailed" else {}
tries = attempts._attempts(folder, int(port))
libc = attempts.ctypes.CDLL(None)
tries["run a shell"] = lambda: libc.system(b"true") == 0
tries["write by Python"] = lambda: open(folder + "/python", "w")
tries["run by Python"] = lambda: os.system("true") == 0
outcomes = {}
for name, attempt in tries.items():
    try:
        outcomes[name] = bool(attempt())
    except OSError:
        outcomes[name] = False
print(json.dumps([means, outcomes]))
"""


def _attempted(folder: Path, how: str) -> tuple[dict[str, bool], dict[str, bool]]:
    """The means that were entered, and whether each attempt succeeded."""
    for name in ("victim", "secret"):
        (folder / name).write_text("content")
    with socket.create_server(("127.0.0.1", 0)) as server:
        arguments = [REPOSITORY / "shared", folder, server.getsockname()[1], how]
        command = [sys.executable, "-I", "-c", ATTEMPTED, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, timeout=300, check=True)
    means, outcomes = json.loads(done.stdout)
    return means, outcomes


def test_each_attempt_on_the_machine_succeeds_outside_of_the_jail(tmp_path: Path) -> None:
    assert set(_attempted(tmp_path, "free")[1].values()) == {True}


def test_native_code_in_the_jail_can_neither_write_nor_connect_nor_start_nor_signal(tmp_path: Path) -> None:
    means, outcomes = _attempted(tmp_path, "jailed")
    assert {path.name for path in tmp_path.iterdir() if path.read_text()} == {"victim", "secret"}
    if not means["seccomp"]:
        pytest.skip("this machine has no seccomp: only Python code is kept from writing and connecting")
    assert means["Landlock"] or outcomes.pop("read other files")
    assert set(outcomes.values()) == {False}


def test_the_jail_is_measured_and_what_it_refuses_is_put_in_words() -> None:
    measured = measure()
    assert sorted(measured.refused + measured.not_refused) == sorted(ATTEMPTS)
    if "seccomp" in measured.means:
        assert {WRITE, CONNECT, EXECUTE, SIGNAL} <= set(measured.refused)
    assert all(name in measured.sentence for name in measured.refused)


def test_a_child_that_does_not_report_is_not_taken_for_a_jail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ppa.modelfiles.confinement._ATTEMPTS", "ppa.modelfiles.no_such_module")
    measured = measure()
    assert (measured.means, measured.refused, measured.not_refused) == ((), (), ATTEMPTS)
    assert "Nothing is known to be refused" in measured.sentence


@pytest.mark.parametrize("machine", SYSTEM_CALLS)
def test_the_filter_jumps_only_within_itself(machine: str) -> None:
    calls = SYSTEM_CALLS[machine]
    steps = [struct.unpack("HBBI", step) for step in _filter(calls)]
    assert all(place + max(one[1:3]) < len(steps) - 1 for place, one in enumerate(steps[:-1]))
    assert not calls.allowed & calls.unless.keys()


def test_an_examination_leaves_no_file_and_no_module_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sklearn.py").write_text("raise SystemExit('imported from the working folder')")
    sandbox.convert(_good(), ROWS)
    assert [path.name for path in tmp_path.iterdir()] == ["sklearn.py"]


def test_nothing_in_the_package_can_unpickle() -> None:
    # the client reads the caller's own pickles, on the caller's machine
    package = REPOSITORY / "shared" / "ppa"
    own = package / "client" / "modelfile.py"
    sources = {path: path.read_text() for path in set(package.rglob("*.py")) - {own}}
    for forbidden in ("import pickle", "import joblib", "skops.card", "allow_pickle=True", "read_pickle"):
        assert not [path for path, source in sources.items() if forbidden in source]


def _good() -> bytes:
    return dump_model(KNeighborsClassifier().fit(ROWS, LABELS))


def _made(make: object, canary: Path) -> bytes:
    assert callable(make)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        built = make(canary)
    assert isinstance(built, bytes)
    return built


def _assert_clear(refused: ModelRefused, code: str) -> None:
    assert refused.code == code, refused
    assert refused.status == 422
    for part in (refused.sentence, refused.remedy):
        assert part[0].isupper() or part.startswith("`")
        assert part.endswith(".")
        assert len(part) < 700
    assert str(refused) == f"{refused.sentence} {refused.remedy}"
