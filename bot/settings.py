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
    public_url: str = Field(
        default="",
        description="address by which people reach the program, such as https://accord.bank; empty: host and port",
    )
    oidc_issuer: str = Field(
        default="", description="the company's own sign-in (OpenID Connect), by its issuer; empty: passwords and codes"
    )
    oidc_client_id: str = Field(default="", description="by what name that sign-in knows this program")
    oidc_client_secret: SecretStr | None = Field(default=None, description="and by which secret")
    oidc_login_claim: str = Field(
        default="email", description="the claim that equals somebody's login here when they come in for the first time"
    )
    oidc_only: bool = Field(default=False, description="nobody signs in with a password of this program's own")
    telegram_token: SecretStr | None = Field(default=None, description="the bot's token; empty: no Telegram")
    telegram_webhook_url: str = Field(
        default="", description="address under which Telegram reaches the program; empty: the program asks Telegram"
    )
    telegram_secret: SecretStr | None = Field(default=None, description="by which Telegram's webhook calls are known")
    telegram_api: str = Field(default="https://api.telegram.org/bot", description="where the Bot API is")
    telegram_a_second: int = Field(default=30, ge=1, description="most Telegram messages in a second, to all chats")
    chatwoot_url: str = Field(
        default="", description="address of the Chatwoot in which agents work as well; empty: no Chatwoot"
    )
    chatwoot_account: int = Field(default=0, ge=0, description="number of the account in Chatwoot")
    chatwoot_inbox: int = Field(default=0, ge=0, description="number of the inbox there; its channel is API")
    chatwoot_token: SecretStr | None = Field(
        default=None, description="access token of a Chatwoot agent who is nobody else: this program"
    )
    chatwoot_webhook_secret: SecretStr | None = Field(
        default=None, description="what Chatwoot signs its calls with, or the last part of the address that it calls"
    )
    chatwoot_names: bool = Field(
        default=False, description="borrowers have their names in Chatwoot once they have proven who they are"
    )
    chatwoot_teams: str = Field(
        default="", description="teams whose cases are told to Chatwoot, with commas between them; empty: all"
    )
    chatwoot_language: Literal["en", "zh-Hans", "zh-Hant"] = Field(
        default="en", description="language of the notes that this program writes in Chatwoot"
    )
    telegram_agents_group: int | None = Field(
        default=None, description="id of the Telegram group with topics in which agents work; empty: none"
    )
    telegram_agents_teams: str = Field(
        default="", description="teams whose cases are shown there, with commas between; empty: all"
    )
    telegram_agents_language: Literal["en", "zh-Hans", "zh-Hant"] = Field(
        default="en", description="language of the topics there"
    )
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def address(self) -> str:
        """Where people reach the program, without a slash at its end."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def url(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'accord.db'}"

    @property
    def key_file(self) -> Path:
        return self.home / "keys.json"
