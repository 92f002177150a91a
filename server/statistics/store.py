"""Counts over tasks, calls and messages. Reading only: what is counted belongs to other features.

Groups are made by Mongo; nothing sealed is opened here.
"""

from datetime import datetime
from typing import Any

from server.context import App
from server.statistics.models import By

Doc = dict[str, Any]
_KEY: dict[By, Any] = {
    "month": {"$dateToString": {"date": "$due_at", "format": "%Y-%m", "timezone": "Asia/Shanghai"}},
    "department": {"$ifNull": ["$department_id", ""]},
    "plan": {"$ifNull": [{"$first": "$enrolment.plan_key"}, ""]},
    "doctor": {"$ifNull": [{"$first": "$enrolment.doctor_id"}, {"$ifNull": ["$sent_by", ""]}]},
    "questionnaire": "$title",
}
_ENROLMENT: Doc = {
    "$lookup": {
        "from": "enrolments",
        "localField": "enrolment_id",
        "foreignField": "_id",
        "pipeline": [{"$project": {"plan_key": 1, "doctor_id": 1}}],
        "as": "enrolment",
    }
}
_CALLS: Doc = {
    "$lookup": {
        "from": "contacts",
        "localField": "_id",
        "foreignField": "subject_id",
        "pipeline": [{"$match": {"attempts.0": {"$exists": True}}}, {"$project": {"attempts.outcome": 1}}],
        "as": "calls",
    }
}


def _due(start: datetime, end: datetime, where: Doc) -> Doc:
    counted = {"state": {"$in": ["open", "answered", "expired"]}, "due_at": {"$gte": start, "$lt": end}}
    return {"$match": counted | where}


def _sum(condition: Any) -> Doc:
    return {"$sum": {"$cond": [condition, 1, 0]}}


async def visits(app: App, start: datetime, end: datetime, where: Doc, by: By) -> list[Doc]:
    """Per group {_id, due, answered, called, satisfied, rated}: clinical tasks, and surveys for the last two.

    `called`: not answered, but somebody was phoned about it. Calls are looked up only for what was not answered.
    """
    clinical, survey = {"$ne": ["$kind", "satisfaction"]}, {"$eq": ["$kind", "satisfaction"]}
    answered = {"$eq": ["$state", "answered"]}
    group = {
        "_id": "$key",
        "due": _sum(clinical),
        "answered": _sum({"$and": [clinical, answered]}),
        "called": _sum({"$and": [clinical, {"$not": answered}, {"$gt": [{"$size": "$calls"}, 0]}]}),
        "rated": _sum({"$and": [survey, {"$ne": [{"$ifNull": ["$satisfied", None]}, None]}]}),
        "satisfied": _sum({"$and": [survey, {"$eq": ["$satisfied", True]}]}),
    }
    stages: list[Doc] = [_due(start, end, where)]
    if by in ("plan", "doctor"):
        stages.append(_ENROLMENT)
    stages += [
        {"$set": {"key": _KEY[by], "_asked": {"$cond": [answered, "", "$_id"]}}},
        _CALLS | {"$lookup": _CALLS["$lookup"] | {"localField": "_asked"}},
        {"$group": group},
        {"$sort": {"_id": 1}},
        {"$limit": 500},
    ]
    return await (await app.db["tasks"].aggregate(stages)).to_list()


async def failures(app: App, start: datetime, end: datetime, where: Doc) -> list[Doc]:
    """{_id: outcome, count}: the last word of the calls about tasks that were not answered."""
    stages: list[Doc] = [
        _due(start, end, where | {"kind": {"$ne": "satisfaction"}, "state": {"$ne": "answered"}}),
        _CALLS,
        {"$unwind": "$calls"},
        {"$group": {"_id": {"$last": "$calls.attempts.outcome"}, "count": {"$sum": 1}}},
        {"$match": {"_id": {"$ne": "reached"}}},
        {"$sort": {"count": -1, "_id": 1}},
    ]
    return await (await app.db["tasks"].aggregate(stages)).to_list()


async def rechecks(app: App, start: datetime, end: datetime, where: Doc, days: int) -> dict[bool, tuple[int, int]]:
    """Targeted (in a plan) or not -> (patients who came again within the days, patients).

    A patient counts once on each side, from his first task of the period.
    """
    came = {
        "$and": [
            {"$gt": ["$last_visit_on", "$on"]},
            {"$lte": [{"$dateDiff": {"startDate": "$since", "endDate": "$visit_at", "unit": "day"}}, days]},
        ]
    }
    stages: list[Doc] = [
        _due(start, end, where | {"kind": {"$ne": "satisfaction"}}),
        {
            "$group": {
                "_id": {"patient": "$patient_id", "targeted": {"$ne": [{"$ifNull": ["$enrolment_id", None]}, None]}},
                "since": {"$min": {"$ifNull": ["$answered_at", "$due_at"]}},
            }
        },
        {
            "$lookup": {
                "from": "patients",
                "localField": "_id.patient",
                "foreignField": "_id",
                "pipeline": [{"$project": {"last_visit_on": 1}}],
                "as": "patient",
            }
        },
        {
            "$set": {
                "last_visit_on": {"$ifNull": [{"$first": "$patient.last_visit_on"}, ""]},
                "on": {"$dateToString": {"date": "$since", "format": "%Y-%m-%d", "timezone": "Asia/Shanghai"}},
            }
        },
        {"$set": {"visit_at": {"$dateFromString": {"dateString": "$last_visit_on", "onError": None, "onNull": None}}}},
        {"$group": {"_id": "$_id.targeted", "n": {"$sum": 1}, "k": _sum(came)}},
    ]
    return {doc["_id"]: (doc["k"], doc["n"]) async for doc in await app.db["tasks"].aggregate(stages)}


async def responses(app: App, start: datetime, end: datetime) -> list[Doc]:
    """{_id: {wave, channel, hour}, n, k}: messages about tasks, and those that an answer followed before the next."""
    after = {"$gte": ["$answered_at", "$created_at"]}
    in_time = {"$or": [{"$eq": ["$next_at", None]}, {"$lt": ["$answered_at", "$next_at"]}]}
    stages: list[Doc] = [
        {
            "$match": {
                "key": {"$in": ["followup_due", "survey_due"]},
                "state": {"$in": ["sent", "delivered"]},
                "created_at": {"$gte": start, "$lt": end},
            }
        },
        {
            "$setWindowFields": {
                "partitionBy": {"task": "$subject_id", "account": "$account_id"},
                "sortBy": {"created_at": 1},
                "output": {
                    "wave": {"$documentNumber": {}},
                    "next_at": {"$shift": {"output": "$created_at", "by": 1, "default": None}},
                },
            }
        },
        {
            "$lookup": {
                "from": "tasks",
                "localField": "subject_id",
                "foreignField": "_id",
                "pipeline": [{"$project": {"answered_at": 1}}],
                "as": "task",
            }
        },
        {"$set": {"answered_at": {"$first": "$task.answered_at"}}},
        {
            "$group": {
                "_id": {
                    "wave": "$wave",
                    "channel": "$channel",
                    "hour": {"$hour": {"date": "$created_at", "timezone": "Asia/Shanghai"}},
                },
                "n": {"$sum": 1},
                "k": _sum({"$and": [{"$ne": [{"$ifNull": ["$answered_at", None]}, None]}, after, in_time]}),
            }
        },
    ]
    return await (await app.db["messages"].aggregate(stages)).to_list()


async def trial(app: App, key: str) -> list[Doc]:
    """{arm, answered_at|None} of each task whose first message was part of a trial, in the order of the answers."""
    stages: list[Doc] = [
        {"$match": {"trial": key, "state": {"$in": ["sent", "delivered"]}}},
        {"$group": {"_id": "$subject_id", "arm": {"$first": "$arm"}}},
        {
            "$lookup": {
                "from": "tasks",
                "localField": "_id",
                "foreignField": "_id",
                "pipeline": [{"$project": {"answered_at": 1}}],
                "as": "task",
            }
        },
        {"$project": {"_id": 0, "arm": 1, "answered_at": {"$ifNull": [{"$first": "$task.answered_at"}, None]}}},
        {"$sort": {"answered_at": 1}},
    ]
    return await (await app.db["messages"].aggregate(stages)).to_list()
