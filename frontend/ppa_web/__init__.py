"""Web app: the pages, and the JSON API below /api/v1 that they and `ppa` use."""

from flask import Flask

from ppa.functions.local import function_caller
from ppa.outside.scheduling import ScheduleManager, open_schedule_manager
from ppa.outside.tracking.outbox import Outbox
from ppa.platform import Platform
from ppa_web.api import api
from ppa_web.assets import init_assets
from ppa_web.compression import init_compression
from ppa_web.context import init_context
from ppa_web.error_handlers import init_problems
from ppa_web.identity import init_identity
from ppa_web.pages import PAGES
from ppa_web.security import init_security
from ppa_web.tracing import init_tracing

MAX_UPLOAD = 256 * 1024 * 1024


def create_app(
    platform: Platform,
    *,
    trusted_hosts: list[str] | None = None,
    schedule_manager: ScheduleManager | None = None,
) -> Flask:
    """Create the app over a platform.

    `trusted_hosts` are the only Host names that are accepted, None for any; `schedule_manager` defaults to the one
    that the settings select.
    """
    app = Flask(__name__)
    app.config.update(MAX_CONTENT_LENGTH=MAX_UPLOAD)
    app.extensions |= {
        "platform": platform,
        "schedule_manager": schedule_manager or open_schedule_manager(platform, function_caller(platform)),
    }
    app.extensions["outbox"] = outbox = Outbox(platform)
    init_tracing(app)
    init_security(app, trusted_hosts)
    init_identity(app, platform.settings)
    for init in (init_assets, init_compression, init_context, init_problems):
        init(app)
    for blueprint in (*PAGES, api):
        app.register_blueprint(blueprint)
    outbox.wake()
    return app
