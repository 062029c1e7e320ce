"""Settings: read once from the environment, checked, frozen. `README.md` documents each; a test holds them together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from conference.base.errors import SettingsError

PREFIX = "MEETINGPOINT_"
SECRETS = frozenset(
    {"secret_key", "storage_access_key", "storage_secret_key", "turn_secret", "oidc_client_secret", "metrics_token"}
)
SHORTEST_KEY = 32
# RFC 7065 section 3.1. Browsers refuse the whole list, and with it the room, for one address that is written differently.
TURN = re.compile(r"turns?:(\[[0-9a-fA-F:.]+\]|[\w.-]+)(:\d{1,5})?(\?transport=(udp|tcp))?", re.ASCII)
OIDC = re.compile(r"https://[^\s?#]+|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(/[^\s?#]*)?")  # the last for trying it out
ACCEL = re.compile(r"/[A-Za-z0-9_-]+/")


class Settings(BaseModel):
    """All settings. Secrets print as stars. `demo` is not a setting of the environment: only the demo command sets it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Path = Field(default=Path("data"), validate_default=True)
    database_url: str = ""
    storage_url: str = ""
    storage_public_url: str = ""
    storage_accel: str = ""
    storage_access_key: SecretStr = SecretStr("")
    storage_secret_key: SecretStr = SecretStr("")
    bus_url: str = ""
    secret_key: SecretStr = SecretStr("")
    base_url: str = "http://127.0.0.1:8000"
    trusted_proxies: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    media_host: str = ""
    media_port: int = Field(default=8443, ge=1, le=65535)
    media_nodes: int = Field(default=1, ge=1, le=64)
    turn_url: str = ""
    turn_secret: SecretStr = SecretStr("")
    mail_url: str = ""
    mail_from: str = "meetingpoint@localhost"
    mail_per_minute: int = Field(default=120, ge=1, le=6000)
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    metrics_token: SecretStr = SecretStr("")
    log_format: Literal["text", "json"] = "text"
    demo: bool = False

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("base_url")
    @classmethod
    def _origin_only(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/") or parts.query:
            raise ValueError("must be an origin such as https://meetingpoint.example.org")
        return f"{parts.scheme}://{parts.netloc.lower()}"

    @model_validator(mode="after")
    def _fill(self) -> Settings:
        if not self.database_url:
            self._put("database_url", f"sqlite:///{self.data_dir / 'meetingpoint.sqlite3'}")
        if not self.storage_url:
            self._put("storage_url", f"file://{self.data_dir / 'objects'}")
        if not self.bus_url:
            self._put("bus_url", f"unix:{self.run_dir / 'bus.sock'}")
        for name, schemes in (
            ("database_url", ("sqlite", "postgresql")),
            ("storage_url", ("file", "s3", "memory")),
            ("bus_url", ("unix", "redis", "rediss", "memory")),
            ("mail_url", ("", "smtp", "smtps", "memory")),
        ):
            scheme = getattr(self, name).partition(":")[0]
            if scheme not in schemes:
                raise ValueError(f"{PREFIX}{name.upper()} must begin with one of {', '.join(filter(None, schemes))}")
        if self.storage_url.startswith("s3:") and not parse_qs(urlsplit(self.storage_url).query).get("endpoint"):
            raise ValueError(f"{PREFIX}STORAGE_URL needs an endpoint: s3://BUCKET?endpoint=https://...&region=...")
        if self.storage_accel and not (ACCEL.fullmatch(self.storage_accel) and self.storage_url.startswith("file:")):
            raise ValueError(f"{PREFIX}STORAGE_ACCEL is a path such as /accel/ of the web server in front, for a folder only")
        if self.oidc_issuer and not (OIDC.fullmatch(self.oidc_issuer) and self.oidc_client_id):
            raise ValueError(f"{PREFIX}OIDC_ISSUER must be the provider's https address, and needs {PREFIX}OIDC_CLIENT_ID")
        for url in self.turn_urls:
            if not TURN.fullmatch(url):
                raise ValueError(f"{PREFIX}TURN_URL must be like turns:turn.example.org:443?transport=tcp, several by commas")
        if self.turn_urls and not self.turn_secret.get_secret_value():
            raise ValueError(f"{PREFIX}TURN_URL needs {PREFIX}TURN_SECRET, the static-auth-secret of that server")
        return self

    def _put(self, name: str, value: str) -> None:
        object.__setattr__(self, name, value)  # the model is frozen once it is complete

    @property
    def run_dir(self) -> Path:
        """Sockets of the running processes."""
        return self.data_dir / "run"

    @property
    def secure(self) -> bool:
        """Whether browsers reach us by https: cookies carry Secure and the __Host- prefix then."""
        return self.base_url.startswith("https://")

    @property
    def key(self) -> bytes:
        return self.secret_key.get_secret_value().encode()

    @property
    def turn_urls(self) -> list[str]:
        """The addresses of our TURN server, in the order in which browsers shall try them."""
        return [url.strip() for url in self.turn_url.split(",") if url.strip()]

    def media_control(self, node: int) -> str:
        """Address of the control socket of media node 0..media_nodes-1."""
        return f"unix:{self.run_dir / f'media-{node}.sock'}"


def read_settings(environ: Mapping[str, str], **fixed: Any) -> Settings:
    """Settings from MEETINGPOINT_... variables; a secret may stand in a file named by ..._FILE. `fixed` wins.

    Raises SettingsError with one line that names the variable.
    """
    values: dict[str, Any] = {}
    for variable, text in environ.items():
        if not variable.startswith(PREFIX):
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name.endswith("_file") and name.removesuffix("_file") in SECRETS:
            name = name.removesuffix("_file")
            try:
                text = Path(text).read_text().strip()
            except OSError as error:
                raise SettingsError(f"{variable}: {error.strerror}: {text}") from error
        if name not in Settings.model_fields or name == "demo":
            raise SettingsError(f"{variable} is no setting. The README lists them all.")
        values[name] = text
    values.update(fixed)
    try:
        settings = Settings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        where = PREFIX + str(first["loc"][0]).upper() + ": " if first["loc"] else ""
        raise SettingsError(f"{where}{first['msg'].removeprefix('Value error, ')}") from None
    if not settings.demo and len(settings.secret_key.get_secret_value()) < SHORTEST_KEY:
        raise SettingsError(
            f"{PREFIX}SECRET_KEY is needed, at least {SHORTEST_KEY} random characters: "
            "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    return settings
