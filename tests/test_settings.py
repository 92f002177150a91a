"""Production refuses to start with what is missing, simulated or from the demonstration."""

import pytest
from pydantic import ValidationError

from server.settings import Settings

GOOD = {
    "environment": "production",
    "public_url": "https://wx.hospital.example",
    "mongodb_url": "mongodb://db/?replicaSet=rs0",
    "redis_url": "redis://cache",
    "seal_key": "k1:" + "0" * 32,
    "index_key": "0" * 64,
    "wechat_appid": "wx0123456789abcdef",
    "wechat_secret": "secret",
    "wechat_token": "token",
    "wechat_aes_key": "k" * 43,
    "pay_mchid": "1900000001",
    "pay_serial": "5AB7",
    "pay_apiv3_key": "k" * 32,
    "his_url": "https://his.hospital.example",
    "his_secret": "secret",
}


def test_complete_settings_are_accepted() -> None:
    settings = Settings(**GOOD)
    assert settings.secure_cookies
    assert not settings.is_demo


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"seal_key": ""}, "SEAL_KEY"),
        ({"redis_url": ""}, "REDIS_URL"),
        ({"his_secret": ""}, "HIS_SECRET"),
        ({"public_url": "http://wx.hospital.example"}, "https"),
        ({"sandbox_url": "http://localhost:8001"}, "SANDBOX_URL"),
        ({"wechat_appid": "wxdemo000000000001"}, "demonstration"),
        ({"his_secret": "demo-secret"}, "demonstration"),
    ],
)
def test_production_refuses(change: dict[str, str], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Settings(**(GOOD | change))


def test_a_loopback_demo_needs_nothing() -> None:
    assert not Settings(environment="demo").secure_cookies
