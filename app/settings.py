"""Settings, read once from the environment (prefix GOOD_STANDING_, and DATABASE_URL) and checked before anything starts."""

import os
import re
from enum import StrEnum
from pathlib import Path
from typing import Literal, Self

from pydantic import AliasChoices, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_SECRET = "development-only-secret-change-me"  # noqa: S105 - refused by name in production


class Mode(StrEnum):
    DEMO = "demo"
    PRODUCTION = "production"
    TESTING = "testing"


class Settings(BaseSettings):
    """Every setting of the portal. An error names the setting and the mend."""

    model_config = SettingsConfigDict(env_prefix="GOOD_STANDING_", extra="ignore", frozen=True, populate_by_name=True)

    mode: Mode = Mode.PRODUCTION
    secret_key: str = DEFAULT_SECRET
    data_folder: Path = ROOT / "instance"
    database_url: str = Field(
        default="", validation_alias=AliasChoices("database_url", "DATABASE_URL", "GOOD_STANDING_DATABASE_URL")
    )
    courses_folder: Path = ROOT / "courses"
    # Several folders of courses, in place of the one above: public lessons in one, private quizzes in another.
    courses_path: str = ""
    base_url: str = "http://127.0.0.1:8080"
    trusted_hosts: str = ""

    brand_name: str = "Good Standing"
    vendor_name: str = "Aldermoor Systems"
    brand_color: str = "#0b5c6b"
    brand_color_dark: str = "#58b8c9"
    logo_path: Path | None = None
    seal_path: Path | None = None
    signature_path: Path | None = None
    support_email: str = "compliance@aldermoor.example"
    support_hours: str = "Monday to Friday, 9:00 to 17:00 UTC"
    signatory_name: str = "Ingrid Solberg"
    signatory_title: str = "Chief Compliance Officer"

    mail_from: str = ""
    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_starttls: bool = True

    signing_key_path: Path | None = None
    signing_key_passphrase: str = ""
    credential_key_path: Path | None = None
    credential_key_passphrase: str = ""
    # In place of that file: a key in a hardware token.
    pkcs11_module: Path | None = None
    pkcs11_token: str = ""
    pkcs11_key: str = ""
    pkcs11_pin: str = ""
    pkcs11_certificate_path: Path | None = None
    timestamp_url: str = ""
    timestamp_timeout_seconds: int = Field(default=3, ge=1, le=30)
    timestamp_user: str = ""
    timestamp_password: str = ""
    timestamp_roots: Path | None = None

    infractions_before_case: int = Field(default=3, ge=1)
    infraction_window_months: int = Field(default=24, ge=1)
    acknowledge_business_days: int = Field(default=10, ge=1)
    program_days: int = Field(default=180, ge=1)
    appeal_days: int = Field(default=30, ge=1)
    plan_days: int = Field(default=30, ge=1)
    evidence_review_business_days: int = Field(default=10, ge=1)
    monitoring_days: int = Field(default=90, ge=1)
    certificate_valid_days: int = Field(default=1096, ge=1)
    certificate_language: Literal["en", "fr", "ar"] = "en"
    certificate_paper: Literal["a4", "letter"] = "a4"

    session_idle_minutes: int = Field(default=60, ge=5)
    session_hours: int = Field(default=12, ge=1)
    reauthentication_minutes: int = Field(default=15, ge=1)
    max_upload_bytes: int = Field(default=15 * 1024 * 1024, ge=1024)
    hashing_cost: Literal["standard", "test"] = "standard"
    sign_in_limit: str = "10 per minute"
    verify_limit: str = "60 per minute"

    @field_validator("brand_color", "brand_color_dark")
    @classmethod
    def color_is_hexadecimal(cls, value: str) -> str:
        if len(value) != 7 or value[0] != "#" or any(letter not in "0123456789abcdefABCDEF" for letter in value[1:]):
            raise ValueError("write a color as # and six hexadecimal digits, for example #0b5c6b")
        return value

    @model_validator(mode="after")
    def mail_passwords_travel_encrypted(self) -> Self:
        if self.smtp_password and not self.smtp_starttls and self.smtp_host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError(
                "GOOD_STANDING_SMTP_PASSWORD would be sent in the clear: leave GOOD_STANDING_SMTP_STARTTLS on"
            )
        return self

    @model_validator(mode="after")
    def there_is_one_place_for_the_key(self) -> Self:
        if self.pkcs11_module is None:
            return self
        if self.signing_key_path is not None:
            raise ValueError("set GOOD_STANDING_SIGNING_KEY_PATH or GOOD_STANDING_PKCS11_MODULE, not both")
        for name in ("pkcs11_token", "pkcs11_key", "pkcs11_pin"):
            if not getattr(self, name):
                raise ValueError(f"GOOD_STANDING_PKCS11_MODULE is set: set GOOD_STANDING_{name.upper()} too")
        return self

    @model_validator(mode="after")
    def timestamps_come_from_a_web_address(self) -> Self:
        if self.timestamp_url and not self.timestamp_url.startswith(("http://", "https://")):
            raise ValueError("GOOD_STANDING_TIMESTAMP_URL has to start with http:// or https://")
        if self.timestamp_password and not self.timestamp_url.startswith("https://"):
            raise ValueError(
                "GOOD_STANDING_TIMESTAMP_PASSWORD would be sent in the clear: use an https:// address in GOOD_STANDING_TIMESTAMP_URL"
            )
        return self

    @model_validator(mode="after")
    def production_refuses_defaults(self) -> Self:
        if self.mode is Mode.PRODUCTION:
            if self.secret_key == DEFAULT_SECRET:
                raise ValueError("GOOD_STANDING_SECRET_KEY is the default secret: set 32 random characters or more")
            if len(self.secret_key) < 32:
                raise ValueError(
                    "GOOD_STANDING_SECRET_KEY is shorter than 32 characters: set 32 random characters or more"
                )
            if self.hashing_cost == "test":
                raise ValueError("GOOD_STANDING_HASHING_COST must be standard outside tests")
        return self

    @property
    def url(self) -> str:
        """The database's SQLAlchemy address: SQLite in the data folder unless DATABASE_URL says otherwise; PostgreSQL speaks psycopg 3."""
        if not self.database_url:
            return f"sqlite:///{self.data_folder / 'portal.db'}"
        for prefix in ("postgres://", "postgresql://"):
            if self.database_url.startswith(prefix):
                return "postgresql+psycopg://" + self.database_url.removeprefix(prefix)
        return self.database_url

    @property
    def course_roots(self) -> tuple[Path, ...]:
        """Where the courses are: the folders of courses_path, separated by commas or as the system separates paths."""
        found = re.split(f"[,{re.escape(os.pathsep)}]", self.courses_path)
        return tuple(Path(part.strip()) for part in found if part.strip()) or (self.courses_folder,)

    @property
    def mail_folder(self) -> Path:
        """Where mails are kept as files while no SMTP server is set."""
        return self.data_folder / "mail"

    @property
    def is_demo(self) -> bool:
        return self.mode is Mode.DEMO
