"""What becomes of permissions and messages when a person takes everything back, or his two accounts become one."""

from server.context import App, Event
from server.db import Tx
from server.messages.models import Permission
from server.messages.rules import consents
from server.messages.store import permissions, queue


async def take_revocation(app: App, event: Event) -> None:
    """accounts.forgotten: nothing is permitted any more, and what was said to the person is not kept."""
    account_id = event.data["account_id"]
    for name in (await permissions.of_accounts(app, [account_id])).get(account_id, {}):

        async def revoke(tx: Tx, name: str = name) -> None:
            await permissions.move(app, account_id, name, "revoked", event.id, consents.revoked, tx)

        await app.db.transact(revoke)
    await permissions.forget_silence(app, account_id)
    await queue.forget(app, account_id)


async def take_joining(app: App, event: Event) -> None:
    """accounts.joined: what the gone account allowed is allowed; who wanted no notices through either wants none."""
    kept, gone = event.data["account_id"], event.data["gone_id"]
    for name, given in (await permissions.of_accounts(app, [gone])).get(gone, {}).items():
        if given.count <= 0:
            continue

        def more(permission: Permission, given: Permission = given) -> Permission:
            return consents.joined(permission, given)

        async def hand_over(tx: Tx, name: str = name) -> None:
            await permissions.move(app, kept, name, "gained", event.id, more, tx)
            await permissions.move(app, gone, name, "revoked", event.id, consents.revoked, tx)

        await app.db.transact(hand_over)
    if await permissions.opted_out(app, [gone]):
        await permissions.set_opted_out(app, kept, True, None)
    await permissions.forget_silence(app, gone)
    await queue.hand_over(app, gone, kept)
