"""Settings, read once from the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ppa.core.errors import BadInput
from ppa.ops.addresses import split_web_address

FIRST_DAY = datetime(2009, 1, 1, tzinfo=UTC)
SOURCES = ("auto", "synthetic", "csv", "real")


@dataclass(frozen=True)
class Settings:
    """All settings; `docs/configuration.md` describes each."""

    home: Path
    source: str = "auto"
    port: int = 8080
    warehouse: str = ""
    models: str = ""
    seed: int = 7
    history_from: datetime = datetime(2017, 1, 1, tzinfo=UTC)
    user: str = "local"
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    base_urls: Mapping[str, str] = field(default_factory=dict, repr=False)
    iap_audience: str = ""
    admins: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    schedules: str = ""
    max_model_mib: int = 64
    budget: float = 5.0
    grafana_url: str = ""
    mlflow_url: str = ""
    mlflow_tracking_uri: str = ""
    mlflow_login: tuple[str, str] | None = field(default=None, repr=False)
    mlflow_token: str = field(default="", repr=False)
    mlflow_audience: str = ""
    budget_cap: float = 1.0
    alert_url: str = field(default="", repr=False)
    alert_secret: str = field(default="", repr=False)

    @property
    def warehouse_address(self) -> str:
        """Address of the warehouse; by default a file in the home folder."""
        return self.warehouse or str(self.home / "warehouse.duckdb")

    @property
    def models_address(self) -> str:
        """Address of the model store; by default a folder in the home folder."""
        return self.models or str(self.home / "models")


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from the environment; raises `BadInput` for an invalid variable. Empty ones count as unset."""
    environ = {name: value for name, value in environ.items() if value}
    source = environ.get("PPA_SOURCE", "auto")
    if source not in SOURCES:
        raise BadInput(f"PPA_SOURCE is {source!r}; set it to one of {', '.join(SOURCES)}, or leave it unset.")
    return Settings(
        home=_folder(environ, "PPA_HOME", str(_home())),
        source=source,
        port=_number(environ, "PORT", 8080, 65535),
        warehouse=environ.get("PPA_WAREHOUSE", ""),
        models=environ.get("PPA_MODELS", ""),
        seed=_number(environ, "PPA_SEED", 7, 2**31),
        history_from=_day(environ, "PPA_HISTORY_FROM", "2017-01-01"),
        user=environ.get("PPA_USER", "local"),
        keys=_named(environ, "_API_KEY"),
        base_urls=_base_urls(environ),
        iap_audience=environ.get("PPA_IAP_AUDIENCE", ""),
        admins=_members(environ, "PPA_ADMINS"),
        editors=_members(environ, "PPA_EDITORS"),
        schedules=environ.get("PPA_SCHEDULES", ""),
        max_model_mib=_number(environ, _max_model_variable(environ), 64, 64),
        budget=_amount(environ, "PPA_BUDGET", "5"),
        grafana_url=_web_address(environ, "PPA_GRAFANA_URL"),
        mlflow_url=_web_address(environ, "PPA_MLFLOW_URL"),
        mlflow_tracking_uri=_tracking_server(environ),
        mlflow_login=_mlflow_login(environ),
        mlflow_token=environ.get("MLFLOW_TRACKING_TOKEN", ""),
        mlflow_audience=environ.get("PPA_MLFLOW_AUDIENCE", ""),
        budget_cap=_amount(environ, "PPA_BUDGET_CAP", "1"),
        alert_url=environ.get("PPA_ALERT_URL", ""),
        alert_secret=environ.get("PPA_ALERT_SECRET", ""),
    )


def _home() -> Path:
    """Default home folder: `.ppa` in the repository, or in the working directory outside of one."""
    root = Path(__file__).parents[3]
    return (root if (root / "pyproject.toml").exists() else Path()) / ".ppa"


def _max_model_variable(environ: Mapping[str, str]) -> str:
    """`PPA_MAX_MODEL_MIB`, or its former name `PPA_LARGEST_MODEL` if only that is set; read for one release."""
    former_only = "PPA_LARGEST_MODEL" in environ and "PPA_MAX_MODEL_MIB" not in environ
    return "PPA_LARGEST_MODEL" if former_only else "PPA_MAX_MODEL_MIB"


def _number(environ: Mapping[str, str], name: str, default: int, maximum: int) -> int:
    text = environ.get(name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= maximum:
        raise BadInput(f"{name} is {text!r}; set it to a whole number from 1 to {maximum}.")
    return int(text)


def _amount(environ: Mapping[str, str], name: str, default: str) -> float:
    text = environ.get(name, default)
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        raise BadInput(f"{name} is {text!r}; set it to a number such as 5.")
    return float(text)


def _tracking_server(environ: Mapping[str, str]) -> str:
    """Address of the MLflow server in MLflow's own variable; raises `BadInput` for other stores."""
    text = environ.get("MLFLOW_TRACKING_URI", "")
    parts = split_web_address(text)
    if text and (not parts.hostname or parts.username):
        raise BadInput(
            "MLFLOW_TRACKING_URI is not the address of a server; use an address such as http://localhost:5000, "
            "without a user, or leave it unset. `make mlflow` starts a server."
        )
    return text.rstrip("/")


def _mlflow_login(environ: Mapping[str, str]) -> tuple[str, str] | None:
    user, password = (environ.get(f"MLFLOW_TRACKING_{name}", "") for name in ("USERNAME", "PASSWORD"))
    return (user, password) if user and password else None


def _web_address(environ: Mapping[str, str], name: str) -> str:
    """Address that pages link to, or an empty string; HTTPS is required except on this machine."""
    text = environ.get(name, "")
    parts = split_web_address(text)
    safe = parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1")
    )
    if text and not (safe and not parts.username and not parts.query and not parts.fragment):
        raise BadInput(
            f"{name} cannot be used; set it to an address such as https://grafana.example.com, "
            "without a user, a query or a fragment."
        )
    return text.rstrip("/")


def _day(environ: Mapping[str, str], name: str, default: str) -> datetime:
    text = environ.get(name, default)
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise BadInput(f"{name} is {text!r}; set it to a day such as 2017-01-01.") from None
    if day < FIRST_DAY:
        raise BadInput(
            f"{name} is {text!r}; set it to {FIRST_DAY:%Y-%m-%d} or later, since there are no older prices."
        )
    return day


def _folder(environ: Mapping[str, str], name: str, default: str) -> Path:
    text = environ.get(name, default)
    try:
        return Path(text).expanduser().resolve()
    except RuntimeError:
        raise BadInput(f"{name} is {text!r}; set it to a folder without a ~user prefix.") from None


def _members(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    members = tuple(part.strip() for part in environ.get(name, "").split(",") if part.strip())
    for member in members:
        if not re.fullmatch(r"(user|group|serviceAccount):[^@\s]+@[^@\s]+", member):
            raise BadInput(
                f"{name} contains {member!r}; use user:, group: or serviceAccount: members, separated by commas."
            )
    return members


def _base_urls(environ: Mapping[str, str]) -> dict[str, str]:
    """Base URLs of external services; errors do not repeat an address, which may contain a password."""
    addresses = _named(environ, "_BASE_URL")
    for name, address in addresses.items():
        if not split_web_address(address).hostname:
            raise BadInput(
                f"PPA_{name.upper()}_BASE_URL cannot be used; set it to an address such as "
                "https://proxy.example.com, or leave it unset."
            )
    return addresses


def _named(environ: Mapping[str, str], suffix: str) -> dict[str, str]:
    """Collect variables with a suffix, such as `PPA_POLYGON_API_KEY=…` as {"polygon": …}."""
    names = [name for name in environ if name.startswith("PPA_") and name.endswith(suffix)]
    return {name[4 : -len(suffix)].lower(): environ[name] for name in names}
