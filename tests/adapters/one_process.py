"""One process of several that share tokens: `python -m tests.adapters.one_process <redis> <prefix> <api>`.

Reads a line from its standard input, does what it says for 100 callers at once, writes what they got:
`token`, `token <refused>` or `page` (the signature of a page, which needs the ticket).
"""

import asyncio
import json
import sys

from server.adapters.http import Http
from server.adapters.wechat_client import WeChatClient
from server.adapters.wechat_tokens import Tokens
from server.cache import Cache
from server.clock import RealClock

CALLERS = 100


async def run(redis_url: str, prefix: str, api_url: str) -> None:
    http, cache = Http(), Cache(redis_url, prefix=prefix)
    tokens = Tokens(cache=cache, http=http, api_url=api_url)
    access = tokens.of("wxsample", "secret")
    wechat = WeChatClient(
        appid="wxsample", secret="secret", token="t", aes_keys=["a" * 43], account_id="", mini_appid="m",
        mini_secret="s", api_url=api_url, open_url=api_url, http=http, tokens=tokens, now=RealClock().now,
    )  # fmt: skip
    print(json.dumps("ready"), flush=True)
    while line := (await asyncio.to_thread(sys.stdin.readline)).split():
        if line[0] == "page":
            pages = await asyncio.gather(*(wechat.js_config("https://h.example/") for _ in range(CALLERS)))
            print(json.dumps(sorted({str(page["appId"]) for page in pages})), flush=True)
            continue
        refused = line[1] if len(line) > 1 else None
        got = await asyncio.gather(*(access.get(refused) for _ in range(CALLERS)))
        print(json.dumps(sorted(set(got))), flush=True)
    await cache.close()


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:4]))
