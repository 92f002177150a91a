"""Figures of follow-up, trials of wording, and exports of answers, for staff."""

from typing import Any, ClassVar

from pydantic import ValidationError

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server import errors
from server.errors import NotFound
from server.statistics import service
from server.statistics.models import (
    BadPeriod,
    ExportQuery,
    FigureQuery,
    Figures,
    Responses,
    TooManyAnswers,
    TrialFigures,
)


class FigureTable(ApiHandler):
    @endpoint(scope="statistics", refusals=(BadPeriod,))
    async def get(self, query: FigureQuery) -> Figures:
        """应随访, 已随访, 成功, 满意 with numerator and denominator, failed calls, re-check rate."""
        return await service.figures(self.app, query, by=self.actor)


class ResponseTable(ApiHandler):
    @endpoint(scope="statistics", refusals=(BadPeriod,))
    async def get(self, query: FigureQuery) -> Responses:
        """Answers by wave, channel and hour of the message."""
        return await service.responses(self.app, query, by=self.actor)


class TrialTable(ApiHandler):
    @endpoint(scope="statistics")
    async def get(self) -> TrialFigures:
        """Randomised trials of wording."""
        return await service.trials(self.app, by=self.actor)


class AnswerExport(ApiHandler):
    """A file, which @endpoint cannot give."""

    described: ClassVar[dict[str, Any]] = {
        "get": {
            "operationId": "get_staff_answers-export",
            "tags": ["staff/statistics"],
            "summary": "Answers as CSV or FHIR NDJSON; research without anything that names a patient.",
            "parameters": [
                {"name": name, "in": "query", "required": name.endswith(("_id", "_on")), "schema": {"type": "string"}}
                for name in ExportQuery.model_fields
            ],
            "responses": {
                "200": {"description": "完成。", "content": {"text/csv": {}, "application/fhir+ndjson": {}}},
                "400": {
                    "description": "\n".join(f"`{kind.code}`: {kind.message}" for kind in (BadPeriod, TooManyAnswers))
                },
                "404": {"description": f"`{NotFound.code}`: {NotFound.message}"},
            },
            "security": [{"staff": []}],
            "x-scope": "statistics",
        }
    }

    async def get(self) -> None:
        """The file, named by questionnaire and period."""
        try:
            await self.admit("statistics")
            asked = {name: self.get_query_argument(name) for name in self.request.query_arguments}
            try:
                query = ExportQuery.model_validate(asked)
            except ValidationError as error:
                raise errors.Invalid(fields=[str(e["loc"][0]) for e in error.errors(include_input=False)]) from None
            name, content = await service.export(self.app, query, by=self.actor)
        except errors.Refusal as refusal:
            return self.refuse(refusal)
        kind = "text/csv; charset=utf-8" if query.format == "csv" else "application/fhir+ndjson; charset=utf-8"
        self.set_header("Content-Type", kind)
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        self.finish(content)


routes = [
    route("/api/staff/answers-export", AnswerExport),
    route("/api/staff/figures", FigureTable),
    route("/api/staff/figures/responses", ResponseTable),
    route("/api/staff/figures/trials", TrialTable),
]
