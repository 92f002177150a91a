"""All routes, and the web application made of them."""

import functools
import json
from typing import Any

from tornado.web import Application

from handlers import (
    accounts,
    alerts,
    appointments,
    articles,
    bills,
    by_hand,
    callbacks,
    contacts,
    desk,
    directory,
    followups,
    health,
    inpatient,
    live,
    me,
    menu,
    messages,
    openapi,
    overview,
    pages,
    patient_line,
    patients,
    pay_callbacks,
    payments,
    plans,
    questionnaire_files,
    questionnaires,
    queues,
    reconciliation,
    reports,
    scenes,
    staff,
    staff_appointments,
    staff_patients,
    statistics,
    write_backs,
)
from handlers.base import RawHandler
from server.context import App
from server.errors import NotFound
from server.live import Live

TITLE, VERSION = "随诊 API", "0.1.0"
FEATURES: tuple[Any, ...] = (
    accounts,
    alerts,
    appointments,
    articles,
    bills,
    callbacks,
    contacts,
    desk,
    directory,
    followups,
    inpatient,
    live,
    me,
    menu,
    messages,
    overview,
    patient_line,
    patients,
    pay_callbacks,
    payments,
    plans,
    questionnaire_files,
    questionnaires,
    queues,
    reconciliation,
    reports,
    scenes,
    staff,
    staff_appointments,
    staff_patients,
    statistics,
    write_backs,
)
ROUTES: list[Any] = [r for feature in FEATURES for r in feature.routes]


class Missing(RawHandler):
    """Every path that is nothing."""

    async def prepare(self) -> None:
        """404 with a code."""
        self.refuse(NotFound())


@functools.cache
def description() -> dict[str, Any]:
    """The OpenAPI document of all declared endpoints."""
    spec = openapi.describe([r for r in ROUTES if len(r) > 2], title=TITLE, version=VERSION)
    spec["paths"] = dict(sorted((spec["paths"] | by_hand.paths()).items()))
    return spec


def description_text() -> str:
    """As committed in handlers/openapi.json."""
    return json.dumps(description(), ensure_ascii=False, indent=1) + "\n"


def make_application(app: App) -> Application:
    """The Tornado application of one web process; its `live` setting wants somebody to run `follow`."""
    spec = description()
    return Application(
        [*ROUTES, *health.routes, *pages.routes],  # type: ignore[list-item]
        app=app,
        live=Live(),
        openapi=spec,
        openapi_json=json.dumps(spec, ensure_ascii=False),
        default_handler_class=Missing,
        websocket_ping_interval=25,
        websocket_max_message_size=16_384,
        log_function=lambda handler: None,
    )
