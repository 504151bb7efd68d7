"""Every setting, typed, read once at start from the environment (`ACCORD_…`) or a `.env` file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """The settings of the program; `accord doctor` explains each."""

    model_config = SettingsConfigDict(env_prefix="ACCORD_", env_file=ROOT / ".env", extra="ignore")

    host: str = Field(default="127.0.0.1", description="address that people reach the program on")
    port: int = Field(default=8000, ge=0, le=65535, description="port that people reach the program on")
    home: Path = Field(default=ROOT / "var", description="folder for the ledger, keys and logs")
    database_url: str = Field(default="", description="SQLAlchemy URL; empty: SQLite in the home folder")
    keys: SecretStr | None = Field(default=None, description="encryption keys; empty: key file in the home folder")
    policies: Path = Field(default=ROOT / "policies", description="folder that lenders edit")
    policy: str = Field(default="standard", description="name of the offer policy that is in force")
    passcode_sender: Literal["development"] = Field(
        default="development", description="how passcodes leave; development: they stay in the outbox"
    )
    verified_minutes: int = Field(default=120, ge=1, description="how long a proven identity is good for")
    passcodes_a_day: int = Field(default=50, ge=1, description="most passcodes that are sent for one account in a day")
    turn_seconds: float = Field(default=20, gt=0, description="how long a borrower waits before an apology")
    sample_portfolio: bool = Field(default=True, description="load the sample portfolio into an empty ledger")
    secure_cookies: bool = Field(default=False, description="cookies over HTTPS alone; turn on behind TLS")
    telegram_token: SecretStr | None = Field(default=None, description="the bot's token; empty: no Telegram")
    telegram_webhook_url: str = Field(
        default="", description="address under which Telegram reaches the program; empty: the program asks Telegram"
    )
    telegram_secret: SecretStr | None = Field(default=None, description="by which Telegram's webhook calls are known")
    telegram_api: str = Field(default="https://api.telegram.org/bot", description="where the Bot API is")
    telegram_a_second: int = Field(default=30, ge=1, description="most Telegram messages in a second, to all chats")
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def url(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'accord.db'}"

    @property
    def key_file(self) -> Path:
        return self.home / "keys.json"
