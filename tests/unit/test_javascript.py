"""`make js` fails where a check fails, and says why it is skipped where it cannot run."""

from pathlib import Path

import pytest

from tools.javascript import main

NODE = """#!/bin/sh
[ "$1" = --version ] && echo {version}
exit 0
"""
# "installs" three executables; the one named in FAILING fails
NPM = """#!/bin/sh
echo "$@" >> calls
[ -n "$OFFLINE" ] && echo "npm error code ENOTFOUND" >&2 && exit 1
mkdir -p node_modules/.bin
for name in eslint prettier tsc; do
  printf '#!/bin/sh\\necho ran %s\\n[ "$FAILING" != %s ]\\n' $name $name > node_modules/.bin/$name
  chmod +x node_modules/.bin/$name
done
"""


class Clone:
    """A clone with a `node` and an `npm` of the test's own, and nothing else on the path."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self.bin = folder / "clone", folder / "bin"
        (self.root / "frontend").mkdir(parents=True)
        (self.root / "tests" / "js").mkdir(parents=True)
        for name in ("package.json", "package-lock.json", ".npmrc", "eslint.config.js"):
            (self.root / "frontend" / name).write_text(name)
        self.bin.mkdir()
        monkeypatch.setenv("PATH", f"{self.bin}:/usr/bin:/bin")
        self.add("node", NODE.format(version="v20.20.2"))
        self.add("npm", NPM)

    def add(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def run(self) -> int:
        return main(root=self.root)

    def installs(self) -> int:
        calls = self.root / ".cache" / "js" / "calls"
        return len(calls.read_text().splitlines()) if calls.exists() else 0


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    return Clone(tmp_path, monkeypatch)


def test_all_checks_run_and_the_packages_are_installed_once(
    clone: Clone, capfd: pytest.CaptureFixture[str]
) -> None:
    assert clone.run() == 0
    printed = capfd.readouterr().out
    assert [f"ran {name}" in printed for name in ("eslint", "prettier", "tsc")] == [True] * 3
    assert clone.run() == 0
    assert clone.installs() == 1


def test_another_lock_is_installed_anew(clone: Clone) -> None:
    clone.run()
    (clone.root / "frontend" / "package-lock.json").write_text("another")
    clone.run()
    assert clone.installs() == 2
    assert (clone.root / ".cache" / "js" / "package-lock.json").read_text() == "another"


@pytest.mark.parametrize("name", ["eslint", "prettier", "tsc"])
def test_a_check_that_fails_fails_the_target_and_the_others_still_run(
    clone: Clone, name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAILING", name)
    assert clone.run() == 1
    printed = capfd.readouterr().out
    assert printed.endswith(f"js: {name} failed\n")
    assert "ran tsc" in printed


def test_a_test_that_fails_fails_the_target(clone: Clone, capfd: pytest.CaptureFixture[str]) -> None:
    clone.add("node", "#!/bin/sh\n[ $1 = --version ] && echo v22.1.0\n")
    assert clone.run() == 1
    assert capfd.readouterr().out.endswith("js: node --test failed\n")


def test_an_old_node_skips_the_checks(clone: Clone, capfd: pytest.CaptureFixture[str]) -> None:
    clone.add("node", NODE.format(version="v18.19.0"))
    assert clone.run() == 0
    assert capfd.readouterr().out == "js: skipped, Node.js 20.19 or later is needed, here is v18.19.0\n"


def test_packages_that_cannot_be_installed_skip_the_checks_until_they_can(
    clone: Clone, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OFFLINE", "1")
    assert clone.run() == 0
    assert capfd.readouterr().out == (
        "js: skipped, npm could not install the packages: npm error code ENOTFOUND\n"
    )
    monkeypatch.delenv("OFFLINE")
    assert clone.run() == 0
    assert "ran eslint" in capfd.readouterr().out


def test_without_npm_the_checks_are_skipped(
    clone: Clone, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (clone.bin / "npm").unlink()
    monkeypatch.setenv("PATH", str(clone.bin))
    assert clone.run() == 0
    assert capfd.readouterr().out == "js: skipped, npm is not installed\n"


def test_no_host_of_a_registry_is_in_the_lock() -> None:
    lock = (Path(__file__).parents[2] / "frontend" / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert '"integrity": "sha512-' in lock
