"""Settings, all from the environment. One place, one type; the table in docs is made from it."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting, its default and what it is for."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    environment: Literal["production", "demo", "test"] = Field(
        "production", description="What this process is part of."
    )
    port: int = Field(8000, ge=1, le=65534, description="Where the web process listens.")
    bind: str = Field("", description="Address to listen on; empty: loopback in the demo, all in production.")
    data_dir: Path = Field(Path("data"), description="Keys, embedded databases and logs of the demonstration.")
    public_url: str = Field("http://localhost:8000", description="How phones reach us; https in production.")
    sandbox_url: str = Field("", description="The simulated platform; only in demo and tests.")
    answers_file: Path = Field(Path("fixtures/wechat/answers.json"), description="Automatic answers in the chat.")
    alert_rules_file: Path = Field(Path("fixtures/alerts/rules.json"), description="Levels, limits, watched scores.")
    menu_file: Path = Field(Path("fixtures/wechat/menu.json"), description="The menu a new installation begins with.")
    approval_departments: str = Field(
        "", description="Departments whose questionnaires a second person approves, by commas; * for all."
    )
    hospital_name: str = Field("随诊示范医院", description="The signature of text messages.")
    trials_file: Path = Field(Path("fixtures/trials.json"), description="Randomised trials of wording that run.")
    quick_replies_file: Path = Field(
        Path("fixtures/followups/quick_replies.json"), description="Texts staff begin a reply to a patient with."
    )
    templates_file: Path = Field(Path("fixtures/wechat/templates.json"), description="The templates our account holds.")
    assistant_file: Path | None = Field(
        None,
        description="The numbers of 微信就医助手 for our notices, as fixtures/wechat/assistant.json; unset: not used.",
    )
    message_quotas: dict[str, int] = Field(
        {"assistant": 100_000, "template": 100_000, "subscribe": 100_000, "mini": 10_000_000, "text": 500_000},
        description="Messages a day by channel, as WeChat grants them; sms: what the hospital pays for.",
    )
    front_end_dir: Path = Field(Path("mp_frontend"), description="Where the built front ends are.")

    mongodb_url: str = Field("", description="A MongoDB replica set or sharded cluster.")
    mongodb_name: str = Field("suizhen", description="The database.")
    redis_url: str = Field("", description="Redis or Valkey.")

    seal_key: str = Field(
        "", description="Key id and SM4 key that seals personal fields: `k1:<32 hex>`; first is current."
    )
    index_key: str = Field("", description="Key of the searchable index, 64 hex characters.")

    wechat_api_url: str = "https://api.weixin.qq.com"
    wechat_open_url: str = "https://open.weixin.qq.com"
    wechat_appid: str = ""
    wechat_secret: str = ""
    wechat_token: str = ""
    wechat_aes_key: str = Field("", description="EncodingAESKey; during a rotation: new,old.")
    wechat_mode: Literal["plain", "safe"] = Field(
        "safe", description="Which pushes are believed: `safe` the encrypted ones (compatible mode too), `plain` all."
    )
    wechat_account_id: str = Field("", description="The account's original id, gh_…")
    mini_appid: str = ""
    mini_secret: str = ""
    mini_token: str = Field("", description="Token of the mini-program's message push; empty: no push is believed.")
    mini_aes_key: str = Field("", description="Its EncodingAESKey; during a rotation: new,old.")
    mini_account_id: str = Field("", description="The mini-program's original id, gh_…")

    wechat_pay_url: str = "https://api.mch.weixin.qq.com"
    pay_mchid: str = ""
    pay_serial: str = Field("", description="Serial of the merchant certificate.")
    pay_private_key: Path = Field(Path(), description="PEM file of the merchant key.")
    pay_apiv3_key: str = ""
    pay_public_keys: Path = Field(Path(), description="Folder of WeChat Pay's keys; file name: Wechatpay-Serial.")

    his_url: str = ""
    his_secret: str = ""
    sms_url: str = ""
    sms_secret: str = ""

    hold_minutes: int = Field(10, ge=1, le=60, description="How long an unpaid place is held, real minutes.")
    web_processes: int = Field(1, ge=1, le=64)

    @property
    def is_demo(self) -> bool:
        """Whether simulated systems stand around us."""
        return self.environment != "production"

    @property
    def secure_cookies(self) -> bool:
        """Cookies are Secure except for plain http on this machine."""
        return urlsplit(self.public_url).scheme == "https"

    @model_validator(mode="after")
    def check_production(self) -> "Settings":
        """In production nothing may be missing, simulated or a default."""
        if self.environment != "production":
            return self
        needed = [
            "mongodb_url",
            "redis_url",
            "seal_key",
            "index_key",
            "wechat_appid",
            "wechat_secret",
            "wechat_token",
            "wechat_aes_key",
            "pay_mchid",
            "pay_serial",
            "pay_apiv3_key",
            "his_url",
            "his_secret",
        ]
        missing = [name.upper() for name in needed if not getattr(self, name)]
        if missing:
            raise ValueError(f"set in production: {', '.join(missing)}")
        if not self.secure_cookies:
            raise ValueError("PUBLIC_URL must be https in production")
        if self.sandbox_url:
            raise ValueError("SANDBOX_URL must not be set in production")
        if any(
            "demo" in getattr(self, name).lower() for name in ("wechat_appid", "pay_mchid", "his_secret", "seal_key")
        ):
            raise ValueError("a key of the demonstration must not be used in production")
        return self
