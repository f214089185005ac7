"""Container images of a deployment: their sources and digests.

Images are built in the cloud by the builder's service account and stored in the deployment's registry, tagged with the
hash of their source; an existing tag is not rebuilt.
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
# Sources of a module's images, by image name; folders with a Dockerfile are built with it, others with the buildpack.
OPTIONAL: Mapping[str, Mapping[str, Path]] = {
    "grafana": {"grafana": MODULES / "grafana" / "image"},
    "mlflow": {"mlflow": MODULES / "mlflow" / "image", "sql_proxy": MODULES / "mlflow" / "proxy"},
}
NOT_BUILT = "sha256:" + "0" * 64


@dataclass(frozen=True)
class Image:
    """An image's name, source folder, and the hash of its source."""

    name: str
    folder: Path
    tag: str


def images(modules: Mapping[str, bool]) -> Iterator[Image]:
    """Images of the web service and of the enabled modules."""
    web = lay_out()
    yield Image("web", web, web.name.removeprefix("web-"))
    for module in sorted(name for name, is_on in modules.items() if is_on):
        for name, folder in OPTIONAL[module].items():
            files = {path.name: path.read_bytes() for path in folder.iterdir()}
            yield Image(name, folder, fingerprint(archive(files)))


def ensure_image(at: Deployment, run: Shell, image: Image) -> str:
    """Address of the image with its digest; it is built if the registry does not have its tag."""
    repository = at.image(image.name)
    tagged = f"{repository}:{image.tag}"
    result = run.ask(commands.image_digest(at, tagged))
    if result.ok and result.text:
        run.say(f"  {tagged} exists.")
        return f"{repository}@{result.text}"
    config = BUILD / f"cloudbuild-{image.name}.json"
    build = commands.build_config(tagged, dockerfile=(image.folder / "Dockerfile").exists())
    config.write_text(json.dumps(build, indent=2), encoding="utf-8")
    run.change(commands.build_image(at, image.name, image.folder, config))
    if run.dry:
        run.say("  Its digest is unknown before the build; zeros are shown below.")
        return f"{repository}@{NOT_BUILT}"
    return f"{repository}@{_digest(run.ask(commands.image_digest(at, tagged)).text, tagged)}"


def _digest(text: str, tagged: str) -> str:
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", text):
        raise Unavailable(f"{tagged} was built, but the registry returned no digest; run the command again.")
    return text
