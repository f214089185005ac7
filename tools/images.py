"""The images of a deployment: what each is built from, and the digest that it goes by.

All are built in the cloud, by the builder's own account, into the deployment's own registry, under a tag that is the
hash of their source; what is there under its tag is not built again.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ppa.core.errors import Unavailable
from tools import commands
from tools.commands import Deployment
from tools.packages import BUILD, ROOT, archive, fingerprint
from tools.running import Shell
from tools.web import lay_out

MODULES = ROOT / "terraform" / "modules"
# What a module runs, by the image's name; a folder with a Dockerfile is built by it, any other by the buildpack.
OPTIONAL: Mapping[str, Mapping[str, Path]] = {
    "grafana": {"grafana": MODULES / "grafana" / "image"},
    "mlflow": {"mlflow": MODULES / "mlflow" / "image", "sql_proxy": MODULES / "mlflow" / "proxy"},
}
NOT_BUILT = "sha256:" + "0" * 64


@dataclass(frozen=True)
class Image:
    """An image's name, the folder that it is built from, and the hash of what is in it."""

    name: str
    folder: Path
    tag: str


def images(modules: Mapping[str, bool]) -> Iterator[Image]:
    """The web service's image, and those of the modules that are on."""
    web = lay_out()
    yield Image("web", web, web.name.removeprefix("web-"))
    for module in sorted(name for name, is_on in modules.items() if is_on):
        for name, folder in OPTIONAL[module].items():
            files = {path.name: path.read_bytes() for path in folder.iterdir()}
            yield Image(name, folder, fingerprint(archive(files)))


def built(at: Deployment, run: Shell, image: Image) -> str:
    """The image by its digest; built only where the registry has none of this source."""
    repository = at.image(image.name)
    tagged = f"{repository}:{image.tag}"
    found = run.ask(commands.image_digest(at, tagged))
    if found.ok and found.text:
        run.say(f"  {tagged} is there.")
        return f"{repository}@{found.text}"
    config = BUILD / f"cloudbuild-{image.name}.json"
    build = commands.build_config(tagged, dockerfile=(image.folder / "Dockerfile").exists())
    config.write_text(json.dumps(build, indent=2), encoding="utf-8")
    run.change(commands.build_image(at, image.name, image.folder, config))
    if run.dry:
        run.say("  It has no digest before it is built: below, it is all zeros.")
        return f"{repository}@{NOT_BUILT}"
    return f"{repository}@{_digest(run.ask(commands.image_digest(at, tagged)).text, tagged)}"


def _digest(text: str, tagged: str) -> str:
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", text):
        raise Unavailable(f"{tagged} was built, and the registry names no digest of it; run the same again.")
    return text
