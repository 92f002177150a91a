"""The pages we serve: framed by nobody, scripts of our own only, and nothing outside their folder."""

from pathlib import Path
from typing import Any

import pytest


async def test_the_api_page_shows_every_endpoint(client: Any) -> None:
    page = await client.get("/api/docs")
    assert page.status_code == 200
    assert "/api/appointments/{appointment_id}" in page.text
    assert "/wechat/callback" in page.text
    assert "<script" not in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


async def test_health_tells_the_truth(client: Any, app: Any) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    assert (await client.get("/readyz")).json()["status"] == "ready"
    await app.db["migrations"].delete_one({"_id": "m0001_frame"})
    said = await client.get("/readyz")
    assert (said.status_code, said.json()["reasons"]) == (503, ["migrations_missing"])


@pytest.mark.parametrize("path", ["/h5/../../pyproject.toml", "/h5/%2e%2e/%2e%2e/pyproject.toml", "/h5/assets/none.js"])
async def test_nothing_outside_the_built_pages_is_served(client: Any, path: str) -> None:
    said = await client.get(path)
    assert "importlinter" not in said.text
    assert said.status_code in (200, 404)


async def test_the_phone_may_frame_our_pages_only_where_it_is_simulated(client: Any, app: Any) -> None:
    if not (Path(app.settings.front_end_dir) / "patient/dist/build/h5/index.html").is_file():
        pytest.skip("the front end is not built")
    page = await client.get("/h5/pages/home/index")
    assert f"frame-ancestors {app.settings.sandbox_url}" in page.headers["content-security-policy"]
    assert f'src="{app.settings.sandbox_url}/sandbox/bridge.js"' in page.text


async def test_an_unknown_path_has_a_code(client: Any) -> None:
    said = await client.get("/api/nothing")
    assert (said.status_code, said.json()["code"]) == (404, "not_found")
