"""Every way in which questionnaires refuse."""

from server import errors


class BadQuestionnaire(errors.Invalid):
    code, message = "bad_questionnaire", "问卷文件不能使用，原因已列出。请改好文件再导入。"


class BadScoring(errors.Invalid):
    code, message = "bad_scoring", "计分规则有误：提到了问卷里没有的题目或分值。请按提示修改。"


class VersionTaken(errors.Conflict):
    code, message = "version_taken", "这个版本的问卷已经发布，不能更改；请用新的版本号发布。"


class DraftChanged(errors.Conflict):
    code, message = "draft_changed", "这份草稿刚被别人改过，请刷新后再改，以免互相覆盖。"


class DraftWaits(errors.Conflict):
    code, message = "draft_waits", "这份草稿正在等待审核；如需修改，请先退回。"


class NotWaiting(errors.Conflict):
    code, message = "draft_not_waiting", "这份草稿没有提交审核。"


class OwnWork(errors.Forbidden):
    code, message = "own_work", "自己编写的问卷不能由自己审核，请另一位同事审核。"


class NoQuestions(errors.Invalid):
    code, message = "no_questions", "问卷里还没有题目，不能发布。"


class BadAnswers(errors.Invalid):
    code, message = "bad_answers", "有题目还没有填好，请检查标出的题目。"


class NotAPhoto(errors.Invalid):
    code, message = "not_a_photo", "请上传 JPEG 或 PNG 照片，每张不超过 3 MB。"


class TooManyPhotos(errors.TooMany):
    code, message = "too_many_photos", "今天上传的照片太多了，请明天再试。"


class BadResponse(errors.Invalid):
    code, message = "bad_response", "答卷文件不能使用：不是 JSON，或不是 FHIR 的 QuestionnaireResponse。"
