"""Settings, read once from the environment."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from ppa.ops.addresses import split_web_address

T = TypeVar("T")

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
    """Read the settings from the environment; raises `BadInput` with every invalid variable.

    Empty variables count as unset.
    """
    variables = _Variables({name: value for name, value in environ.items() if value})
    text, read = variables.text, variables.read
    settings = Settings(
        home=read("PPA_HOME", _folder, str(_home())),
        source=read("PPA_SOURCE", _source, "auto"),
        port=read("PORT", partial(_number, maximum=65535), "8080"),
        warehouse=text("PPA_WAREHOUSE"),
        models=text("PPA_MODELS"),
        seed=read("PPA_SEED", partial(_number, maximum=2**31), "7"),
        history_from=read("PPA_HISTORY_FROM", _day, "2017-01-01"),
        user=text("PPA_USER", "local"),
        keys=_named(variables.environ, "_API_KEY"),
        base_urls=_base_urls(variables),
        iap_audience=text("PPA_IAP_AUDIENCE"),
        admins=read("PPA_ADMINS", _members, ""),
        editors=read("PPA_EDITORS", _members, ""),
        schedules=text("PPA_SCHEDULES"),
        max_model_mib=read(_max_model_variable(variables.environ), partial(_number, maximum=64), "64"),
        budget=read("PPA_BUDGET", _amount, "5"),
        grafana_url=read("PPA_GRAFANA_URL", _web_address, ""),
        mlflow_url=read("PPA_MLFLOW_URL", _web_address, ""),
        mlflow_tracking_uri=read("MLFLOW_TRACKING_URI", _tracking_server, ""),
        mlflow_login=_mlflow_login(variables.environ),
        mlflow_token=text("MLFLOW_TRACKING_TOKEN"),
        mlflow_audience=text("PPA_MLFLOW_AUDIENCE"),
        budget_cap=read("PPA_BUDGET_CAP", _amount, "1"),
        alert_url=text("PPA_ALERT_URL"),
        alert_secret=text("PPA_ALERT_SECRET"),
    )
    variables.check()
    return settings


class _Unusable(Exception):
    """A variable has an unusable value; `shown` is False if it may hold a secret."""

    def __init__(self, remedy: str, *, shown: bool = True) -> None:
        super().__init__(remedy)
        self.remedy, self.shown = remedy, shown


class _Variables:
    """Variables of the environment; those with unusable values are collected."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self._wrong: list[tuple[str, str, str]] = []

    def text(self, name: str, default: str = "") -> str:
        """Return a variable as it is."""
        return self.environ.get(name, default)

    def read(self, name: str, parse: Callable[[str], T], default: str) -> T:
        """Return a variable as `parse` reads it; its default if it is unusable."""
        text = self.text(name, default)
        try:
            return parse(text)
        except _Unusable as error:
            sentence = f"{name} is {text!r}." if error.shown else f"{name} cannot be used."
            self._wrong.append((name, sentence, error.remedy))
            return parse(default)

    def check(self) -> None:
        """Raise `BadInput` with every unusable variable, its value and its remedy."""
        if self._wrong:
            # loaded for errors only, since every command reads the settings
            from ppa.core.contracts.problem import WrongField, check

            check(WrongField(*wrong) for wrong in self._wrong)


def _home() -> Path:
    """Default home folder: `.ppa` in the repository, or in the working directory outside of one."""
    root = Path(__file__).parents[3]
    return (root if (root / "pyproject.toml").exists() else Path()) / ".ppa"


def _max_model_variable(environ: Mapping[str, str]) -> str:
    """`PPA_MAX_MODEL_MIB`, or its former name `PPA_LARGEST_MODEL` if only that is set; read for one release."""
    former_only = "PPA_LARGEST_MODEL" in environ and "PPA_MAX_MODEL_MIB" not in environ
    return "PPA_LARGEST_MODEL" if former_only else "PPA_MAX_MODEL_MIB"


def _source(text: str) -> str:
    if text not in SOURCES:
        raise _Unusable(f"Set it to one of {', '.join(SOURCES)}, or leave it unset.")
    return text


def _number(text: str, maximum: int) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= maximum:
        raise _Unusable(f"Set it to a whole number from 1 to {maximum}.")
    return int(text)


def _amount(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        raise _Unusable("Set it to a number such as 5.")
    return float(text)


def _tracking_server(text: str) -> str:
    """Address of the MLflow server in MLflow's own variable; other stores are refused."""
    parts = split_web_address(text)
    if text and (not parts.hostname or parts.username):
        raise _Unusable(
            "Set it to the address of a server such as http://localhost:5000, without a user, or leave it unset; "
            "`make mlflow` starts a server.",
            shown=False,
        )
    return text.rstrip("/")


def _mlflow_login(environ: Mapping[str, str]) -> tuple[str, str] | None:
    user, password = (environ.get(f"MLFLOW_TRACKING_{name}", "") for name in ("USERNAME", "PASSWORD"))
    return (user, password) if user and password else None


def _web_address(text: str) -> str:
    """Address that pages link to, or an empty string; HTTPS is required except on this machine."""
    parts = split_web_address(text)
    safe = parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1")
    )
    if text and not (safe and not parts.username and not parts.query and not parts.fragment):
        raise _Unusable(
            "Set it to an address such as https://grafana.example.com, without a user, a query or a fragment.",
            shown=False,
        )
    return text.rstrip("/")


def _day(text: str) -> datetime:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise _Unusable("Set it to a day such as 2017-01-01.") from None
    if day < FIRST_DAY:
        raise _Unusable(f"Set it to {FIRST_DAY:%Y-%m-%d} or later, since there are no older prices.")
    return day


def _folder(text: str) -> Path:
    try:
        return Path(text).expanduser().resolve()
    except RuntimeError:
        raise _Unusable("Set it to a folder without a ~user prefix.") from None


def _members(text: str) -> tuple[str, ...]:
    members = tuple(part.strip() for part in text.split(",") if part.strip())
    if not all(re.fullmatch(r"(user|group|serviceAccount):[^@\s]+@[^@\s]+", member) for member in members):
        raise _Unusable("Use user:, group: or serviceAccount: members, separated by commas.")
    return members


def _base_urls(variables: _Variables) -> dict[str, str]:
    """Base URLs of external services; errors do not repeat an address, which may contain a password."""
    names = _named(variables.environ, "_BASE_URL")
    return {name: variables.read(f"PPA_{name.upper()}_BASE_URL", _base_url, "") for name in names}


def _base_url(text: str) -> str:
    if text and not split_web_address(text).hostname:
        raise _Unusable(
            "Set it to an address such as https://proxy.example.com, or leave it unset.", shown=False
        )
    return text


def _named(environ: Mapping[str, str], suffix: str) -> dict[str, str]:
    """Collect variables with a suffix, such as `PPA_POLYGON_API_KEY=…` as {"polygon": …}."""
    names = [name for name in environ if name.startswith("PPA_") and name.endswith(suffix)]
    return {name[4 : -len(suffix)].lower(): environ[name] for name in names}
