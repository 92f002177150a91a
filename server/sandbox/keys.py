"""Makes and reads the demo's keys: account secrets, merchant key, WeChat Pay's own keys; files of mode 0600."""

import base64
import functools
import json
import secrets
import string
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

PUBLIC_KEY_ID = "PUB_KEY_ID_0117000000002026110100000001"
_LETTERS = string.ascii_letters + string.digits
# Identifiers are not secret and stay the same in every demo, so that a built mini-program keeps working.
# "demo" in them and in the HIS secret is what production settings refuse.
_IDENTIFIERS = {
    "WECHAT_APPID": "wxdemo000000000001",
    "WECHAT_ACCOUNT_ID": "gh_demo00000001",
    "MINI_APPID": "wxdemo000000000002",
    "MINI_ACCOUNT_ID": "gh_demo00000002",
    "PAY_MCHID": "1900000109",
}


def make_keys(directory: Path | str) -> dict[str, str]:
    """Make what is missing in `directory` and return the settings: upper-case names to values or file paths."""
    place = Path(directory).absolute()
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    place.chmod(0o700)
    values_file = place / "values.json"
    if not values_file.exists():
        _write(values_file, json.dumps(_make_values(place), indent=1))
    values: dict[str, str] = json.loads(values_file.read_text())
    if not values.keys() >= _MADE.keys() | _IDENTIFIERS.keys():  # made by an older version
        values = _IDENTIFIERS | {name: make() for name, make in _MADE.items()} | values
        _write(values_file, json.dumps(values, indent=1))
    values["PAY_PRIVATE_KEY"] = str(place / "merchant_key.pem")
    values["PAY_PUBLIC_KEYS"] = str(place / "wechatpay")
    return values


def platform_keys(directory: Path | str) -> dict[str, tuple[rsa.RSAPrivateKey, str]]:
    """WeChat Pay's own signing keys: serial or PUB_KEY_ID_… to (private key, PEM that the merchant holds)."""
    place = Path(directory)
    keys = {}
    for file in sorted((place / "platform").glob("*.pem")):
        key = read_private_key(file)
        keys[file.stem] = (key, (place / "wechatpay" / file.stem).read_text())
    return keys


@functools.cache  # made once, never changed; reading one checks the whole key
def read_private_key(file: Path | str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(
        Path(file).read_bytes(),
        password=None,
        unsafe_skip_rsa_key_validation=True,  # made above: no need to check
    )
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("not an RSA key")
    return key


def _make_values(place: Path) -> dict[str, str]:
    _write(place / "merchant_key.pem", _pem(_new_key()))
    platform, held = place / "platform", place / "wechatpay"
    for directory in (platform, held):
        directory.mkdir(exist_ok=True, mode=0o700)
    public_mode = _new_key()
    public = public_mode.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    _write(platform / f"{PUBLIC_KEY_ID}.pem", _pem(public_mode))
    _write(held / PUBLIC_KEY_ID, public.decode())
    certified = _new_key()
    certificate = _certificate(certified)
    serial = f"{certificate.serial_number:040X}"
    _write(platform / f"{serial}.pem", _pem(certified))
    _write(held / serial, certificate.public_bytes(serialization.Encoding.PEM).decode())
    return {
        **_IDENTIFIERS,
        **{name: make() for name, make in _MADE.items()},
    }


def _word(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _aes_key() -> str:
    """43 letters and digits that decode, with one "=", to 32 bytes."""
    while True:
        text = base64.b64encode(secrets.token_bytes(32)).decode()[:43]
        if text.isalnum():
            return text


_MADE: dict[str, Callable[[], str]] = {
    "WECHAT_SECRET": lambda: secrets.token_hex(16),
    "WECHAT_TOKEN": lambda: _word(32),
    "WECHAT_AES_KEY": _aes_key,
    "MINI_SECRET": lambda: secrets.token_hex(16),
    "MINI_TOKEN": lambda: _word(32),
    "MINI_AES_KEY": _aes_key,
    "PAY_SERIAL": lambda: secrets.token_hex(20).upper(),
    "PAY_APIV3_KEY": lambda: _word(32),
    "HIS_SECRET": lambda: "demo-" + secrets.token_hex(32),
    "SMS_SECRET": lambda: secrets.token_hex(32),
}


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def _pem(key: rsa.RSAPrivateKey) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption()).decode()


def _certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    """A certificate of the simulated platform, valid for twenty years because the demo's clock may jump."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Tenpay.com (simulated)")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=7300))
        .sign(key, hashes.SHA256())
    )


def _write(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text(text)
