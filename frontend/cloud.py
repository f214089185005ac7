"""The app as Cloud Run serves it: `gunicorn --config frontend/gunicorn.conf.py frontend.cloud:app`."""

from frontend import create_app
from shared.logs import setup_logs
from shared.platform import open_platform
from shared.settings import load_settings

settings = load_settings()
setup_logs(settings)
app = create_app(open_platform(settings))
