"""App for Cloud Run: `gunicorn --config frontend/gunicorn.conf.py ppa_web.cloud:app`."""

from dataclasses import replace

from ppa.core.errors import BadInput
from ppa.ops.logs import setup_logs
from ppa.ops.settings import load_settings
from ppa.platform import open_platform
from ppa.storage.warehouse.cached_warehouse import CachedWarehouse
from ppa_web import create_app

settings = load_settings()
if not settings.iap_audience:
    raise BadInput(
        "PPA_IAP_AUDIENCE is not set, so everyone would be admin. Set it to the audience of Identity-Aware Proxy, "
        "/projects/NUMBER/locations/REGION/services/NAME, as terraform/ does."
    )
setup_logs(settings)
platform = open_platform(settings)
app = create_app(replace(platform, warehouse=CachedWarehouse(platform.warehouse)))
