"""An upload that is killed or concurrent leaves a complete model or nothing; uses child processes."""

import signal
import subprocess
from pathlib import Path

import pytest
from platforms import FEATURES, copied, python, small

from ppa.repository.models import find_model, list_models

# Forks a process that dies during its upload, then one that uploads. A stub replaces the gate, which writes nothing.
UPLOADERS = """
import os, signal, sys
from pathlib import Path
import numpy as np
from platforms import FEATURES, SPEC, described, small
from ppa.repository.dataset import build_dataset
from ppa.repository.labels import find_label
from ppa.gate import registration
from ppa.repository.holdout_predictions import HoldoutPredictions
from ppa.gate.pipeline import ValidatedUpload

def judged(platform, *_):
    dataset = build_dataset(platform, find_label(platform, SPEC.label_id))
    hours = dataset.frame.index[-200:]
    said = HoldoutPredictions(hours, np.full(200, 0.5))
    return ValidatedUpload("Pipeline", list(FEATURES), b"a program", dataset, said, {}, {}, None)

def killed(*given, **named):
    os.kill(os.getpid(), signal.SIGKILL)

def then_killed(work):
    return lambda *given, **named: (work(*given, **named), killed())

def upload(home, place):
    platform = small(home).platform
    store, warehouse = type(platform.store), type(platform.warehouse)
    registration.validate_upload = judged
    if place == "before the file":
        store.put = killed
    elif place == "after the file":
        store.put = then_killed(store.put)
    elif place == "before the row":
        warehouse.merge = killed
    elif place == "after the row":
        warehouse.merge = then_killed(warehouse.merge)
    # the same file for the same training would be refused, with the model's name
    threshold = 0.5 if place == "nowhere" else 0.6
    registration.register(platform, b"a model", described("killed", decision_threshold=threshold), "tester")
    os._exit(0)

home, place = sys.argv[1:]
for dies in (place, "nowhere"):
    pid = os.fork()
    if not pid:
        upload(Path(home), dies)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""
# where the upload dies, and if the model exists then
PLACES = {"before the file": False, "after the file": False, "before the row": False, "after the row": True}
RARE = ("before the file", "before the row")


@pytest.mark.parametrize(
    "place", [pytest.param(place, marks=pytest.mark.torture if place in RARE else ()) for place in PLACES]
)
def test_a_killed_upload_leaves_the_whole_model_or_nothing(place: str, history: Path, tmp_path: Path) -> None:
    home = copied(history, tmp_path / "home")
    done = subprocess.run(python(UPLOADERS, str(home), place), capture_output=True, timeout=300, check=True)
    assert done.stdout.split() == [str(-signal.SIGKILL).encode(), b"0"], done.stderr[-2000:]
    platform = small(home).platform
    try:
        result = sorted(model.model_id for model in list_models(platform) if model.name == "killed")
        # if the killed upload left nothing, the next is version 1; if it was complete, version 2
        assert result == ["killed-v1", "killed-v2"][: 1 + PLACES[place]]
        files = [stored for stored in platform.store.list_files("killed/") if stored.name.endswith(".skops")]
        assert len(files) == 1
        for name in result:
            model = find_model(platform, name)
            assert (model.features, model.sha256) == (list(FEATURES), files[0].sha256)
            assert platform.store.get(model.file, model.generation) == b"a model"
        assert not [path for path in (home / "models").rglob("*") if ".part" in path.name]
    finally:
        platform.close()
