"""The app as Cloud Run serves it: `gunicorn --config frontend/gunicorn.conf.py frontend.cloud:app`."""

from dataclasses import replace

from frontend import create_app
from shared.errors import BadInput
from shared.logs import setup_logs
from shared.platform import open_platform
from shared.settings import load_settings
from shared.warehouse.remembering import RememberingWarehouse

settings = load_settings()
if not settings.iap_audience:
    raise BadInput(
        "PPA_IAP_AUDIENCE is not set, so anybody would be admin; set it to what Identity-Aware Proxy signs for, "
        "/projects/NUMBER/locations/REGION/services/NAME, as terraform/ does."
    )
setup_logs(settings)
platform = open_platform(settings)
app = create_app(replace(platform, warehouse=RememberingWarehouse(platform.warehouse)))
