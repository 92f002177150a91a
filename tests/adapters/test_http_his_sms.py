"""Outgoing HTTP, the HIS and text messages: what is sent, and what silence and refusals mean."""

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import structlog
import tornado.testing

from server.adapters.his import HisClient
from server.adapters.http import Http
from server.adapters.sms import SmsClient
from server.errors import Foreign
from tests.adapters.foreigner import NOW, Foreigner


def his(foreigner: Foreigner, http: Http) -> HisClient:
    return HisClient(url=f"{foreigner.url}/his", secret="shared", http=http, now=lambda: NOW)


async def failing(call: Any) -> tuple[str, str]:
    with pytest.raises(Foreign) as caught:
        await call
    return caught.value.foreign_code, caught.value.again


@asynccontextmanager
async def raw_server(answer: Any) -> AsyncIterator[str]:
    """A server that does with each connection what `answer(reader, writer)` does; gives host and port."""
    running: set[Any] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        running.add(asyncio.current_task())
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            await answer(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


# HTTP


async def test_nobody_there_means_nothing_was_sent(http: Http) -> None:
    socket, port = tornado.testing.bind_unused_port()
    socket.close()
    url = f"http://127.0.0.1:{port}/"
    assert await failing(http.send("his", "x", "POST", url, body=b"{}")) == ("no_connection", "later")


async def test_silence_after_sending_is_unknown_for_writes_and_later_for_reads(
    foreigner: Foreigner, http: Http
) -> None:
    async def silent(call: Any) -> Any:
        await asyncio.sleep(1)
        return {}

    foreigner.answers["/"] = silent
    post = http.send("his", "x", "POST", f"{foreigner.url}/", body=b"{}", timeout=0.2)
    assert await failing(post) == ("timeout", "unknown")
    assert await failing(http.send("his", "x", "GET", f"{foreigner.url}/", timeout=0.2)) == ("timeout", "later")


async def test_a_connection_cut_in_the_middle_is_unknown_for_writes(http: Http) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    async with raw_server(cut) as place:
        assert await failing(http.send("his", "x", "POST", f"http://{place}/", body=b"{}")) == ("broken", "unknown")


async def test_a_handshake_that_does_not_end_has_sent_nothing(http: Http) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with raw_server(silent) as place:
        post = http.send("his", "x", "POST", f"https://{place}/", body=b"{}", timeout=0.2)
        assert await failing(post) == ("timeout", "later")


async def test_redirects_are_not_followed(foreigner: Foreigner, http: Http) -> None:
    foreigner.answers["/"] = lambda call: (302, {"Location": "/elsewhere"}, b"")
    assert (await http.send("his", "x", "GET", f"{foreigner.url}/")).status == 302
    assert len(foreigner.calls) == 1


async def test_a_body_that_is_too_large_is_refused(foreigner: Foreigner, http: Http) -> None:
    foreigner.answers["/"] = lambda call: b"x" * (9 * 1024 * 1024)
    assert await failing(http.send("his", "x", "GET", f"{foreigner.url}/")) == ("broken", "later")


async def test_logs_hold_no_address_and_no_body(foreigner: Foreigner, http: Http, caplog: Any) -> None:
    foreigner.answers["/secret-path"] = lambda call: {"answer": "secret-answer"}
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as lines:
        await http.send("his", "x", "POST", f"{foreigner.url}/secret-path?q=secret-query", body=b"secret-body")
    ours = [record.getMessage() for record in caplog.records if record.name != "tornado.access"]  # the other side's
    assert "secret" not in str(lines) + str(ours)
    assert lines[0]["call"] == "x"


async def test_what_must_not_be_repeated_is_never_sent_twice(http: Http) -> None:
    received = 0

    async def answer_the_first_of_each_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal received
        for number in (1, 2):
            await reader.readuntil(b"\r\n\r\n{}")
            received += 1
            if number == 2 or received > 2:  # done, but its answer never comes
                break
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    async with raw_server(answer_the_first_of_each_connection) as place:
        url = f"http://{place}/"
        await http.send("his", "x", "POST", url, body=b"{}")
        await http.send("his", "x", "POST", url, body=b"{}")
        assert received == 2  # on a connection of its own
        assert await failing(http.send("his", "x", "POST", url, body=b"{}")) == ("broken", "unknown")
        assert received == 3  # and not again


# HIS


async def test_the_his_can_prove_who_asks(foreigner: Foreigner, http: Http) -> None:
    foreigner.answers["/his/persons/search"] = lambda call: {"items": [{"his_id": "H1"}]}
    assert await his(foreigner, http).find_persons(card_number="样例 1") == [{"his_id": "H1"}]
    call = foreigner.calls[0]
    stamp = call.headers["X-HIS-Timestamp"]
    text = f"POST\n{call.uri}\n{stamp}\n".encode() + call.body
    assert stamp == str(int(NOW.timestamp()))
    assert call.headers["X-HIS-Signature"] == hmac.new(b"shared", text, hashlib.sha256).hexdigest()
    assert call.json() == {"card_number": "样例 1"}


async def test_query_and_odd_ids_are_signed_as_sent(foreigner: Foreigner, http: Http) -> None:
    foreigner.answers["/his/clinics"] = lambda call: {"items": []}
    foreigner.answers["/his/persons/a%2Fb%3F/reports"] = lambda call: {"items": []}
    await his(foreigner, http).clinics("2026-11-25", "2026-12-01")
    await his(foreigner, http).reports("a/b?")
    for call in foreigner.calls:
        text = f"GET\n{call.uri}\n{call.headers['X-HIS-Timestamp']}\n".encode()
        assert call.headers["X-HIS-Signature"] == hmac.new(b"shared", text, hashlib.sha256).hexdigest()
    assert foreigner.calls[0].query == {"from_on": "2026-11-25", "to_on": "2026-12-01"}


async def test_a_booking_is_taken_back_with_its_reason(foreigner: Foreigner, http: Http) -> None:
    foreigner.answers["/his/appointments/a1"] = lambda call: (204, {}, b"")
    await his(foreigner, http).delete_appointment("a1", "patient")
    assert (foreigner.calls[0].method, foreigner.calls[0].json()) == ("DELETE", {"reason": "patient"})


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (409, {"code": "clinic_stopped"}, ("clinic_stopped", "never")),
        (401, {}, ("http_401", "later")),
        (429, {}, ("http_429", "later")),
        (404, {"code": "not_found"}, ("not_found", "never")),
        (500, b"<html>", ("http_500", "unknown")),
        (200, b"<html>", ("bad_answer", "unknown")),
        (200, [1], ("bad_answer", "unknown")),
    ],
)
async def test_refusals_of_the_his_say_what_may_be_done(
    foreigner: Foreigner, http: Http, status: int, body: Any, expected: Any
) -> None:
    foreigner.answers["/his/appointments/a1"] = lambda call: (status, {}, body)
    assert await failing(his(foreigner, http).put_appointment("a1", {})) == expected


async def test_an_answer_without_items_is_no_list(foreigner: Foreigner, http: Http) -> None:
    foreigner.answers["/his/departments"] = lambda call: {"item": []}
    assert await failing(his(foreigner, http).departments()) == ("bad_answer", "later")


# SMS


async def test_a_text_message_is_signed(foreigner: Foreigner, http: Http) -> None:
    foreigner.answers["/sms/send"] = lambda call: {"id": "m1"}
    await SmsClient(url=f"{foreigner.url}/sms", secret="shared", http=http).send("m1", "13800000000", "您的验证码是 1")
    call = foreigner.calls[0]
    assert call.headers["X-SMS-Signature"] == hmac.new(b"shared", call.body, hashlib.sha256).hexdigest()
    assert json.loads(call.body) == {"id": "m1", "phone": "13800000000", "text": "您的验证码是 1"}


@pytest.mark.parametrize(("status", "again"), [(400, "never"), (429, "later"), (503, "unknown")])
async def test_a_refused_text_message_says_what_may_be_done(
    foreigner: Foreigner, http: Http, status: int, again: str
) -> None:
    foreigner.answers["/sms/send"] = lambda call: (status, {}, b"")
    sms = SmsClient(url=f"{foreigner.url}/sms", secret="shared", http=http)
    assert await failing(sms.send("m1", "13800000000", "x")) == (f"http_{status}", again)
