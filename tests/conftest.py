"""What all tests share: properties are not timed, and in continuous integration they are the same each run."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "project", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("project")
