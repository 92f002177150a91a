"""What WeChat pushes is answered at once, kept once, and only believed when it is genuine."""

from typing import Any

import pytest

from server.context import App, Identity
from server.accounts import service as accounts


@pytest.mark.covers("A7", "N2")
async def test_a_new_follower_is_welcomed_and_known(platform: Any, client: Any, app: App, worker_step: Any) -> None:
    await platform.act("chen", "follow")
    await worker_step()
    texts = [str(m) for m in await platform.see("chen", "messages")]
    assert any("欢迎关注" in text for text in texts)
    assert await app.db["accounts"].count_documents({"followed": True}) == 1


async def test_a_text_gets_the_answer_that_fits(platform: Any, client: Any) -> None:
    await platform.act("zhang", "text", content="怎么挂号？")
    assert any("门诊服务 → 预约挂号" in str(m) for m in await platform.see("zhang", "messages"))


async def test_a_callback_without_a_signature_is_refused(client: Any, app: App) -> None:
    said = await client.post("/wechat/callback?timestamp=1&nonce=2&signature=no", content=b"<xml/>")
    assert said.status_code == 403
    assert said.json()["code"] == "not_genuine"
    assert await app.db["events"].count_documents({}) == 0
