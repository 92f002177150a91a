"""Outgoing HTTP: one way to call a foreign system, with limits, and one meaning for its silence.

What is logged is the system, the name the caller gives to the call, the status and the
duration; never an address, a header or a body.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import pycurl
from tornado.curl_httpclient import CurlError
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest

from server import logs
from server.errors import Again, Foreign

_log = logs.get("adapters.http")
_MOST_AT_A_TIME, _LARGEST_ANSWER = 100, 8 * 1024 * 1024
_NOT_CONNECTED = {
    pycurl.E_COULDNT_RESOLVE_HOST,
    pycurl.E_COULDNT_RESOLVE_PROXY,
    pycurl.E_COULDNT_CONNECT,
    pycurl.E_SSL_CONNECT_ERROR,
    pycurl.E_SSL_CACERT,  # the certificate is not trusted
}
# libcurl has one number for all timeouts; its words tell in which state it was.
_TIMEOUTS_BEFORE_SENDING = (
    "Resolving timed out",
    "Connection timed out",
    "Failed to connect",
    "SSL connection timeout",
    "Proxy CONNECT aborted",
)
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def _configure() -> None:
    """Use pycurl for all calls of this process."""
    # At level DEBUG this logger writes whole requests, signatures and secrets included.
    logging.getLogger("tornado.curl_httpclient").setLevel(logging.WARNING)
    AsyncHTTPClient.configure(
        "tornado.curl_httpclient.CurlAsyncHTTPClient", max_clients=_MOST_AT_A_TIME, max_body_size=_LARGEST_ANSWER
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a foreign system said: any HTTP status, headers (case-insensitive), the raw body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; ValueError when it is none. Control characters in strings are let through."""
        return json.loads(self.body.decode("utf-8"), strict=False)


class Http:
    """Calls foreign systems through pycurl. One instance serves all adapters.

    Redirects are not followed. At most 100 calls run at a time, more wait their turn; an
    answer over 8 MiB is refused.
    """

    def __init__(self, *, connect_timeout: float = 3.0, timeout: float = 8.0) -> None:
        """`connect_timeout` and `timeout` (the whole call) in seconds."""
        self._connect_timeout, self._timeout = connect_timeout, timeout
        _configure()

    async def send(
        self,
        system: str,
        what: str,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        repeatable: bool | None = None,
    ) -> Answer:
        """Send one request; every HTTP status is an answer.

        `system` names the other side in errors; `what` is the name of the call for the log,
        without ids. `repeatable` (all but POST, if not said): libcurl may send the request once
        more on a new connection when an old one turns out to be cut; what is not repeatable
        opens its own connection. Raises Foreign(system, "no_connection" | "timeout" | "broken"): `later`
        when nothing was sent or the call only reads, otherwise `unknown`.
        """
        request = HTTPRequest(
            url,
            method,
            headers=dict(headers or {}),
            body=body if body is not None or method not in ("POST", "PUT", "PATCH") else b"",
            allow_nonstandard_methods=True,
            follow_redirects=False,
            decompress_response=False,
            connect_timeout=self._connect_timeout,
            request_timeout=timeout or self._timeout,
            prepare_curl_callback=_prepare(url, method != "POST" if repeatable is None else repeatable),
        )
        began = time.monotonic()
        try:
            response = await AsyncHTTPClient().fetch(request, raise_error=False)
        except HTTPClientError as error:
            code, sent = _meaning(error)
            again: Again = "unknown" if sent and method not in ("GET", "HEAD") else "later"
            took_ms = round((time.monotonic() - began) * 1000)
            _log.warning("foreign.no_answer", system=system, call=what, code=code, again=again, ms=took_ms)
            raise Foreign(system, code, again) from None
        took_ms = round((time.monotonic() - began) * 1000)
        tell = _log.debug if response.code < HTTPStatus.BAD_REQUEST else _log.info
        tell("foreign.answer", system=system, call=what, status=response.code, ms=took_ms)
        return Answer(response.code, response.headers, response.body or b"")


def _meaning(error: HTTPClientError) -> tuple[str, bool]:
    """Our code for a failed call, and whether the other side may have received it."""
    if not isinstance(error, CurlError):
        return "broken", True
    if error.errno == pycurl.E_OPERATION_TIMEDOUT:
        return "timeout", not (error.message or "").startswith(_TIMEOUTS_BEFORE_SENDING)
    if error.errno in _NOT_CONNECTED:
        return "no_connection", False
    return "broken", True


def _prepare(url: str, repeatable: bool) -> Callable[[pycurl.Curl], None]:
    local = urlsplit(url).hostname in _LOOPBACK

    def prepare(curl: pycurl.Curl) -> None:  # handles are used again: every option is set every time
        curl.setopt(pycurl.FRESH_CONNECT, 0 if repeatable else 1)
        if local:  # a proxy named in the environment is for the world outside
            curl.setopt(pycurl.PROXY, "")

    return prepare
