"""The patient's side: his tasks, the form, the draft, the answers."""

from server import audit, errors
from server.context import Actor, App
from server.db import Tx
from server.followups import rules, store
from server.followups.models import (
    AlreadyAnswered,
    AnsweredBy,
    Draft,
    GivenTask,
    MyTask,
    MyTasks,
    OpenedTask,
    StaffAnswers,
    State,
    Task,
    TaskQuery,
    Thanks,
)
from server.followups.service import common
from server.patients import service as patients
from server.questionnaires import service as questionnaires
from server.questionnaires.models import About, Answers, Form, Score


async def mine(app: App, query: TaskQuery, *, by: Actor) -> MyTasks:
    """My tasks of all patients whose records are open to me."""
    names = {patient.id: patient.name for patient in await patients.opened_of(app, by)}
    states = [State.OPEN] if query.status == "open" else [State.ANSWERED, State.EXPIRED]
    found = await store.of_patients(app, list(names), states)
    return MyTasks(items=[_my_task(app, task, names[task.patient_id]) for task in found])


async def opened(app: App, task_id: str, *, by: Actor) -> OpenedTask:
    """A task of mine with its form and, while it is open, what was saved; NotFound, RecordsClosed; audited."""
    task, name = await _mine(app, task_id, by)
    questionnaire = await questionnaires.get(app, task.questionnaire_id)
    await audit.record(app, by, "followups.open", patient_ids=[task.patient_id], why=task.id)
    return OpenedTask(
        task=_my_task(app, task, name),
        form=questionnaire.form,
        draft=task.draft,
        note=task.note,
        reply=task.reply,
        replied_at=task.replied_at,
    )


async def save_draft(app: App, task_id: str, draft: Draft, *, by: Actor) -> None:
    """Keep what is answered so far.

    NotFound, RecordsClosed, NotOpen, AlreadyAnswered, QuestionnaireRetired, BadAnswers.
    """
    task, _ = await _mine(app, task_id, by)
    rules.check_answerable(task, app.now())
    questionnaire = await questionnaires.get(app, task.questionnaire_id)
    rules.check_in_use(questionnaire.status)
    kept = questionnaires.check(questionnaire, given_in(draft), draft=True)
    await store.move(app, task.model_copy(update={"draft": kept}), State.OPEN)


async def answer(app: App, task_id: str, given: GivenTask, *, by: Actor) -> Thanks:
    """Hand in the answers: checked, scored, written once.

    NotFound, RecordsClosed, NotOpen, AlreadyAnswered, QuestionnaireRetired, BadAnswers.
    """
    task, _ = await _mine(app, task_id, by)
    score = await _hand_in(app, task, given, given.answered_by, by)
    return rules.thanks(task.kind, score.urgent, self_harm=questionnaires.speaks_of_self_harm(score))


async def form_for(app: App, task_id: str, *, by: Actor) -> Form:
    """The form that a member of the staff goes through with a patient on the phone; NotFound, NoCareRelation, NotOpen.

    Opening it is recorded.
    """
    task = await _of_my_patient(app, task_id, by)
    rules.check_answerable(task, app.now())
    await audit.record(app, by, "followups.open", patient_ids=[task.patient_id], why=task.id)
    return (await questionnaires.get(app, task.questionnaire_id)).form


async def answer_for(app: App, task_id: str, given: StaffAnswers, *, by: Actor) -> None:
    """A member of the staff writes down what a patient of his said on the phone; recorded as such.

    NotFound, NoCareRelation, NotOpen, AlreadyAnswered, QuestionnaireRetired, BadAnswers.
    """
    await _hand_in(app, await _of_my_patient(app, task_id, by), given, "staff", by)


async def _of_my_patient(app: App, task_id: str, by: Actor) -> Task:
    task = await store.get(app, task_id)
    if task is None or task.state is State.PLANNED:
        raise errors.NotFound()
    await patients.check_care(app, by, task.patient_id)
    return task


async def _hand_in(app: App, task: Task, given: Draft, answered_by: AnsweredBy, by: Actor) -> Score:
    """Check, score and write answers once; what came out."""
    rules.check_answerable(task, app.now())
    questionnaire = await questionnaires.get(app, task.questionnaire_id)
    rules.check_in_use(questionnaire.status)
    answers = questionnaires.check(questionnaire, given_in(given))
    await questionnaires.check_photos(app, questionnaire, answers, task.patient_id)
    about = await questionnaires.about(app, task.patient_id) if questionnaires.needs_person(questionnaire) else About()
    score = await questionnaires.score(app, questionnaire, answers, about)
    red = score.urgent
    answered = task.model_copy(
        update={
            "state": State.ANSWERED,
            "answered_at": app.now(),
            "answered_by": answered_by,
            "answers": answers,
            "draft": None,
            "live_of": None,
            "score": score,
            "red": red,
            "satisfied": rules.is_satisfied(task.kind, score),
        }
    )

    async def write(tx: Tx) -> None:
        if not await store.move(app, answered, State.OPEN, tx):
            raise AlreadyAnswered()
        await app.db.unschedule(common.EXPIRE, task.id, tx=tx)
        await audit.record(app, by, "followups.answer", patient_ids=[task.patient_id], why=task.id, tx=tx)
        ids = {"task_id": task.id, "patient_id": task.patient_id, "questionnaire_id": task.questionnaire_id}
        await tx.emit("followups.answered", **ids, red=red)

    await app.db.transact(write)
    return score


def given_in(draft: Draft) -> Answers:
    """The answers in a request, without those that are null."""
    return {link_id: answer for link_id, answer in draft.answers.items() if answer is not None}


async def _mine(app: App, task_id: str, by: Actor) -> tuple[Task, str]:
    """A task of mine that was sent, and its patient's name."""
    task = await store.get(app, task_id)
    if task is None or task.state is State.PLANNED:
        raise errors.NotFound()
    patient = await patients.require_open(app, by, task.patient_id)
    return task, patient.name


def _my_task(app: App, task: Task, name: str) -> MyTask:
    status = "answered" if task.state is State.ANSWERED else "open"
    if task.state in (State.EXPIRED, State.WITHDRAWN) or (status == "open" and app.now() > task.expires_at):
        status = "expired"
    return MyTask.model_validate(task.model_dump() | {"status": status, "patient_name": name}, extra="ignore")
