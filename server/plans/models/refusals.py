"""Every way in which plans refuse."""

from server import errors


class BadPlan(errors.Invalid):
    code, message = "bad_plan", "计划有不通的地方，原因已列出，请改好后再保存。"


class PlanChanged(errors.Conflict):
    code, message = "plan_changed", "这份计划刚被别人改过，请刷新后再改，以免互相覆盖。"


class NotADraft(errors.Conflict):
    code, message = "plan_not_a_draft", "已发布的计划不能修改，请从它新建一个版本。"


class NotInUse(errors.Conflict):
    code, message = "plan_not_in_use", "这份计划没有发布或已停用，不能用来纳入患者。"


class SignOffNeeded(errors.Conflict):
    code, message = "sign_off_needed", "计划还没有医生的临床签字，不能发布使用。"


class OnlyDoctorsSign(errors.Forbidden):
    code, message = "only_doctors_sign", "临床签字要由医生本人登录后完成。"


class EnrolmentEnded(errors.Conflict):
    code, message = "enrolment_ended", "这位患者的随访已经结束，不能再更改。"


class NotPaused(errors.Conflict):
    code, message = "enrolment_not_paused", "这位患者的随访没有暂停。"


class AlreadyPaused(errors.Conflict):
    code, message = "enrolment_paused", "这位患者的随访已经暂停。"


class BadAnchor(errors.Invalid):
    code, message = "bad_anchor", "起始日期不对：请填写十年之内、不晚于一年以后的日期。"


class BadSheet(errors.Invalid):
    code, message = (
        "bad_sheet",
        "表格不能读取：请上传 UTF-8 或 GBK 编码的 CSV，第一行写“卡号”或“证件号”，和“起始日期”。",
    )


class SheetTooLong(errors.TooLarge):
    code, message = "sheet_too_long", "表格太长，一次最多 2000 行，请分几次上传。"


class SheetHasErrors(errors.Conflict):
    code, message = "sheet_has_errors", "表格里有不能纳入的行，一位患者都没有纳入。请改好，或选择跳过这些行。"
