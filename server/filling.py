"""Fill the demonstration hospital through its normal interfaces. Running it again changes nothing."""

import json
from pathlib import Path

from server.articles import service as articles
from server.context import SYSTEM, App
from server.directory import service as directory
from server.directory.models import DoctorQuery, Hospital
from server.menu import service as menu
from server.plans import service as plans
from server.questionnaires import service as questionnaires
from server.scenes import service as scenes
from server.scenes.models import SceneInput
from server.staff import service as staff
from server.staff.models import NewMember, UsernameTaken

FIXTURES = Path("fixtures")
PASSWORD = "suizhen-demo-1"  # of the demonstration's invented members; said on the screen
MEMBERS = (
    NewMember(username="admin01", password=PASSWORD, name="赵管理", title="信息科", roles=["admin"]),
    NewMember(
        username="doctor01",
        password=PASSWORD,
        name="林婉清",
        title="副主任医师",
        roles=["doctor"],
        department_ids=["cardiology"],
        doctor_id="cardiology-2",
    ),
    NewMember(
        username="doctor02",
        password=PASSWORD,
        name="呼吸内科医生",
        title="主治医师",
        roles=["doctor"],
        department_ids=["respiratory"],
        doctor_id="respiratory-2",
    ),
    NewMember(
        username="nurse01",
        password=PASSWORD,
        name="孙护士",
        title="护士长",
        roles=["nurse"],
        department_ids=["cardiology", "orthopaedics"],
    ),
    NewMember(username="desk01", password=PASSWORD, name="钱窗口", title="门诊服务台", roles=["desk"]),
    NewMember(username="finance01", password=PASSWORD, name="吴会计", title="财务科", roles=["finance"]),
    NewMember(username="editor01", password=PASSWORD, name="周编辑", title="宣传科", roles=["editor"]),
)
ROLES = {"admin": "管理员", "doctor": "医生", "nurse": "护士", "desk": "服务台", "finance": "财务", "editor": "编辑"}


async def fill(app: App) -> list[str]:
    """Directory from the HIS, questionnaires, menu, articles, members; gives the log-ins, a line each."""
    facts = json.loads((FIXTURES / "his" / "hospital.json").read_text())
    await directory.describe_hospital(app, Hospital.model_validate(facts, extra="ignore"))
    await directory.refresh(app)
    for folder in (FIXTURES / "questionnaires", FIXTURES / "plans" / "questionnaires"):
        await questionnaires.publish_folder(app, folder, by=SYSTEM)
    await plans.publish_folder(app, FIXTURES / "plans", by=SYSTEM)
    names = {doctor.id: doctor.name for doctor in (await directory.doctors(app, DoctorQuery())).items}
    for member in MEMBERS:
        name = names.get(member.doctor_id or "", member.name)
        try:
            await staff.add_member(app, member.model_copy(update={"name": name}), by=SYSTEM, must_change=False)
        except UsernameTaken:
            continue
    await menu.publish_first(app, by=SYSTEM)
    wishes = json.loads((FIXTURES / "wechat" / "scenes.json").read_text())["scenes"]
    await scenes.make_first(app, [SceneInput.model_validate(wish) for wish in wishes], by=SYSTEM)
    await articles.fill(app, FIXTURES / "articles", by=SYSTEM)
    return [f"{ROLES[m.roles[0]]} {m.username} / {m.password}" for m in MEMBERS]
