"""Python and JavaScript evaluate programs to the same 64 bits, over all operators."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from ppa.core.programs import check, evaluate
from ppa.core.programs.archive import ProgramFile, dump
from tests.program_specimens import rows, specimens

SCRIPT = Path(__file__).parents[2] / "frontend" / "ppa_web" / "static" / "js" / "program.js"
MAX_BYTES = 12_000
# prints for each file the bits of each probability, in hexadecimal; null where there is none
RUN = """
import { readFileSync } from "node:fs";
const { evaluate, readProgram } = await import(process.argv[1]);
const view = new DataView(new ArrayBuffer(8));
const bits = value => (value === null ? null : (view.setFloat64(0, value), view.getBigUint64(0).toString(16)));
const out = [];
for (const path of process.argv.slice(2)) {
    const file = await readProgram(new Uint8Array(readFileSync(path)));
    const table = file.tables[file.probe[0]];
    const [count, width] = table.shape;
    const row = i => table.data.subarray(i * width, (i + 1) * width);
    out.push(Array.from({ length: count }, (_, i) => bits(evaluate(file, row(i)))));
}
console.log(JSON.stringify(out));
"""

node = pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")


def bits(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> list[str | None]:
    return [None if np.isnan(value) else f"{value.view(np.uint64):x}" for value in values]


@node
def test_every_specimen_gives_the_same_bits_in_the_browser(tmp_path: Path) -> None:
    expected, paths = [], []
    for number, program in enumerate(specimens().values()):
        table = rows(300, seed=number)
        expected.append(bits(evaluate(check(program), table)))
        path = tmp_path / f"{number}.program"
        path.write_bytes(dump(ProgramFile(program, table, np.zeros(300))))
        paths.append(path)
    command = ["node", "--input-type=module", "--eval", RUN, SCRIPT.as_uri(), *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout)
    for name, ours, theirs in zip(specimens(), expected, seen, strict=True):
        assert theirs == ours, name
    assert sum(one is not None for column in expected for one in column) > 3000


def test_the_script_is_small() -> None:
    assert SCRIPT.stat().st_size <= MAX_BYTES
