"""The web app: pages for people, and the JSON API below /api/v1 that the pages and `ppa` use."""

from flask import Flask

from frontend.api import api
from frontend.assets import init_assets
from frontend.compression import init_compression
from frontend.context import init_context
from frontend.identity import init_identity
from frontend.pages import PAGES
from frontend.problems import init_problems
from frontend.security import init_security
from frontend.tracing import init_tracing
from shared.platform import Platform
from shared.scheduling import Keeper, open_keeper
from shared.tracking.outbox import Outbox

LARGEST_UPLOAD = 256 * 1024 * 1024


def create_app(
    platform: Platform, *, trusted_hosts: list[str] | None = None, keeper: Keeper | None = None
) -> Flask:
    """The app over a platform; `trusted_hosts` are the only Host names it answers to, None for any.

    `keeper` keeps the schedules; None for the one that the settings name.
    """
    app = Flask(__name__)
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_UPLOAD, TRUSTED_HOSTS=trusted_hosts)
    app.extensions |= {"platform": platform, "keeper": keeper or open_keeper(platform)}
    app.extensions["outbox"] = outbox = Outbox(platform)
    init_tracing(app)
    init_security(app)
    init_identity(app, platform.settings)
    for init in (init_assets, init_compression, init_context, init_problems):
        init(app)
    for blueprint in (*PAGES, api):
        app.register_blueprint(blueprint)
    outbox.wake()
    return app
