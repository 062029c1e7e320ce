"""Settings: read once, checked, frozen, silent about secrets."""

from __future__ import annotations

from pathlib import Path

import pydantic
import pytest

from conference.base.errors import SettingsError
from conference.base.settings import Settings, read_settings

KEY = "0123456789abcdef0123456789abcdef"
LEAST = {"MEETINGPOINT_SECRET_KEY": KEY}


def test_the_least_that_is_needed() -> None:
    settings = read_settings({**LEAST, "PATH": "/bin", "OTHER_PORT": "1"})
    data = Path("data").absolute()
    assert settings.database_url == f"sqlite:///{data}/meetingpoint.sqlite3"
    assert settings.storage_url == f"file://{data}/objects"
    assert settings.bus_url == f"unix:{data}/run/bus.sock"
    assert settings.media_control(1) == f"unix:{data}/run/media-1.sock"
    assert (settings.secure, settings.key, settings.demo) == (False, KEY.encode(), False)


def test_what_is_fixed_wins_and_a_demo_needs_no_key() -> None:
    assert read_settings({**LEAST, "MEETINGPOINT_PORT": "1"}, port=2).port == 2
    assert read_settings({}, demo=True).demo


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({}, "MEETINGPOINT_SECRET_KEY is needed"),
        ({"MEETINGPOINT_SECRET_KEY": KEY[:-1]}, "MEETINGPOINT_SECRET_KEY is needed"),
        ({**LEAST, "MEETINGPOINT_PROT": "1"}, "MEETINGPOINT_PROT is no setting"),
        ({**LEAST, "MEETINGPOINT_DEMO": "1"}, "MEETINGPOINT_DEMO is no setting"),
        ({**LEAST, "MEETINGPOINT_PORT": "0"}, "MEETINGPOINT_PORT: "),
        ({**LEAST, "MEETINGPOINT_PORT": "many"}, "MEETINGPOINT_PORT: "),
        ({**LEAST, "MEETINGPOINT_LOG_FORMAT": "xml"}, "MEETINGPOINT_LOG_FORMAT: "),
        ({**LEAST, "MEETINGPOINT_BASE_URL": "meet.example.org"}, "MEETINGPOINT_BASE_URL: must be an origin"),
        ({**LEAST, "MEETINGPOINT_BASE_URL": "https://a.example/b"}, "MEETINGPOINT_BASE_URL: must be an origin"),
        (
            {**LEAST, "MEETINGPOINT_DATABASE_URL": "mysql://x"},
            "MEETINGPOINT_DATABASE_URL must begin with one of sqlite, postgresql",
        ),
        ({**LEAST, "MEETINGPOINT_STORAGE_URL": "ftp://x"}, "MEETINGPOINT_STORAGE_URL must begin with one of file, s3, memory"),
        ({**LEAST, "MEETINGPOINT_STORAGE_URL": "s3://bucket"}, "MEETINGPOINT_STORAGE_URL needs an endpoint"),
        ({**LEAST, "MEETINGPOINT_STORAGE_ACCEL": "accel"}, "MEETINGPOINT_STORAGE_ACCEL is a path such as /accel/"),
        ({**LEAST, "MEETINGPOINT_STORAGE_ACCEL": "/a/", "MEETINGPOINT_STORAGE_URL": "memory:"}, "MEETINGPOINT_STORAGE_ACCEL is"),
        ({**LEAST, "MEETINGPOINT_MAIL_URL": "x"}, "MEETINGPOINT_MAIL_URL must begin with one of smtp"),
        ({"MEETINGPOINT_SECRET_KEY_FILE": "/nowhere/key"}, "MEETINGPOINT_SECRET_KEY_FILE: No such file"),
        ({**LEAST, "MEETINGPOINT_PORT_FILE": "/etc/hostname"}, "MEETINGPOINT_PORT_FILE is no setting"),
    ],
)
def test_a_wrong_setting_is_one_line(environ: dict[str, str], line: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings(environ)
    assert str(refused.value).startswith(line)
    assert "\n" not in str(refused.value)


def test_secrets_may_stand_in_files_and_never_show(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY + "\n")
    environ = {"MEETINGPOINT_SECRET_KEY_FILE": str(tmp_path / "key"), "MEETINGPOINT_TURN_SECRET": "turn-it"}
    settings = read_settings(environ)
    assert settings.key == KEY.encode()
    shown = repr(settings) + str(settings) + settings.model_dump_json()
    assert KEY not in shown
    assert "turn-it" not in shown


def test_settings_do_not_change() -> None:
    with pytest.raises(pydantic.ValidationError):
        Settings(secret_key=KEY).port = 1  # type: ignore[arg-type]


def test_https_is_secure() -> None:
    settings = read_settings({**LEAST, "MEETINGPOINT_BASE_URL": "https://Meet.Example.org/"})
    assert (settings.base_url, settings.secure) == ("https://meet.example.org", True)
