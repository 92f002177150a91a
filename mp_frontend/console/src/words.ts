// The catalogue: what each code of the server is called, and how loud it is shown.
export type Tone = "plain" | "good" | "wait" | "bad";
export interface Word {
  text: string;
  tone: Tone;
}
const word = (text: string, tone: Tone = "plain"): Word => ({ text, tone });

export const APPOINTMENT: Record<string, Word> = {
  held: word("待支付", "wait"),
  confirmed: word("已预约", "good"),
  checked_in: word("已签到", "good"),
  seen: word("已就诊"),
  cancelled: word("已取消"),
  expired: word("超时未付"),
  refused: word("医院未接受", "bad"),
  stopped: word("停诊", "bad"),
};

export const HIS: Record<string, Word> = {
  waiting: word("写入中", "wait"),
  written: word("已写入", "good"),
  refused: word("被拒绝", "bad"),
  none: word("无需写入"),
};

export const FOLLOWUP: Record<string, Word> = {
  planned: word("未到时间"),
  open: word("待回答", "wait"),
  answered: word("已回答", "good"),
  expired: word("逾期未答", "bad"),
  withdrawn: word("已收回"),
};

export const QUESTIONNAIRE: Record<string, Word> = {
  draft: word("草稿"),
  waiting: word("等待审核", "wait"),
  published: word("使用中", "good"),
  retired: word("已停用"),
};
export const ANSWER_PROBLEM: Record<string, string> = {
  required: "还没有回答",
  wrong_type: "填写的不对",
  unknown_option: "没有这个选项",
  out_of_range: "超出了范围",
  too_long: "太长了",
  too_many: "太多了",
  wrong_pattern: "格式不对",
  unknown: "没有这道题",
};

export const SKIPPED: Record<string, string> = {
  no_care_relation: "与您没有诊疗关系，不能发送",
  no_wechat: "还没有在微信绑定，收不到",
  opted_out: "患者不愿接受随访",
  already_open: "同一份问卷还没有回答，不重复发送",
};

/** Why one of several chosen tasks was left out. */
export const NOT_DONE: Record<string, string> = {
  no_care_relation: "与您没有诊疗关系",
  not_ended: "还没有回答，也没有过期",
  not_sent: "还没有发出，或已收回",
  already_seen: "已有人看过",
  not_seen_by_me: "不是您标记的",
  already_replied: "已经回复过，没有改动",
  already_asked: "已经安排过电话，不重复安排",
};

export const LINE_KIND: Record<string, string> = {
  task: "问卷",
  alert: "预警",
  call: "电话",
  appointment: "就诊",
  report: "报告",
  plan: "计划",
};
/** What somebody did, on a patient's line; calls and alerts have their own words. */
export const LINE_NOTE: Record<string, string> = { reply: "回复患者", seen: "已看", resolved: "处理完，告诉患者" };

export const FIGURE_BY: Record<string, string> = {
  month: "按月",
  department: "按科室",
  plan: "按计划",
  doctor: "按医生",
  questionnaire: "按问卷",
};

export const DELIVERY: Record<string, Word> = {
  waiting: word("等待发送", "wait"),
  sending: word("发送中", "wait"),
  sent: word("已发出", "good"),
  delivered: word("已送达", "good"),
  failed: word("发送失败", "bad"),
  no_permission: word("不能发送", "bad"),
  uncertain: word("不确定是否送到", "wait"),
};

export const CHANNEL: Record<string, string> = {
  assistant: "就医助手",
  template: "模板消息",
  subscribe: "订阅消息",
  mini: "小程序订阅消息",
  text: "客服消息",
  mini_text: "小程序客服消息",
  sms: "短信",
};

const UNREACHABLE = "连不上微信，会再试";
/** Why a message stands where it stands: the codes of WeChat and our own, as a sentence. */
export const DELIVERY_REASON: Record<string, string> = {
  ok: "",
  success: "",
  quota: "今天的额度用完了，或先让给更急的消息",
  "45009": "今天的额度用完了",
  too_late: "过了该通知的时间，没有再发",
  account_gone: "这个微信账号已经不在了",
  no_permission: "没有关注公众号，也没有同意接收",
  worker_died: "发送时系统中断，不知道是否送到",
  "-1": "微信系统忙，会再试",
  "43004": "没有关注公众号",
  "50005": "没有关注公众号",
  "43019": "患者把公众号拉进了黑名单",
  "failed:user block": "患者设置了不接收公众号的消息",
  "failed: system failed": "微信没有送到",
  "43101": "没有同意接收，或同意的次数已用完",
  "43107": "这种订阅消息已被微信停用",
  "48002": "患者关闭了公众号的消息",
  "50002": "患者的微信账号受限",
  "45015": "患者最近没有和公众号互动，不能发客服消息",
  "45047": "客服消息的条数已用完",
  "45011": "发得太快，会再试",
  "47003": "内容不合微信的格式，请联系信息科",
  "40037": "模板不存在，请联系信息科",
  "40003": "微信不认识这个收信人",
  timeout: UNREACHABLE,
  broken: UNREACHABLE,
  no_connection: UNREACHABLE,
};

export const ALERT_LEVEL: Record<string, Word> = {
  red: word("红色", "bad"),
  orange: word("橙色", "wait"),
  yellow: word("黄色", "wait"),
};
export const ALERT_STATE: Record<string, Word> = {
  open: word("等人接手", "bad"),
  acknowledged: word("处理中", "wait"),
  resolved: word("已处理完", "good"),
};
export const ALERT_WHO: Record<string, string> = { nurse: "护士", doctor: "医生", officer: "总值班" };
export const ALERT_SOURCE: Record<string, string> = {
  answer: "回答里的危险信号",
  score: "得分达到警戒值",
  trend: "比上次明显变差",
  silence: "没有回答",
};
export const ALERT_ACTION: Record<string, string> = {
  called: "已打电话",
  messaged: "已发消息",
  visit: "已约来院",
  emergency: "已叫急救",
  other: "其他",
};

export const TIER: Record<string, string> = { critical: "重要", service: "服务", education: "宣教调查" };

export const SCENE_KIND: Record<string, string> = {
  site: "院区",
  hall: "大厅",
  ward: "病区",
  leaflet: "指引单",
  station: "护士站",
  other: "其他",
};

export const SCENE_PAGES: Record<string, string> = {
  "/h5/pages/home/index": "医院首页",
  "/h5/pages/departments/index": "预约挂号",
  "/h5/pages/queue/index": "候诊查询",
  "/h5/pages/bills/index": "门诊缴费",
  "/h5/pages/reports/index": "报告查询",
  "/h5/pages/inpatient/index": "住院服务",
  "/h5/pages/tasks/index": "随访问卷",
  "/h5/pages/articles/index": "健康资讯",
  "/h5/pages/hospital/index": "医院介绍",
};

export const BOOKED_BY: Record<string, string> = {
  wechat: "公众号",
  mini_program: "小程序",
  counter: "窗口",
  kiosk: "自助机",
  phone: "电话",
  "114": "114",
  "12580": "12580",
  doctor: "诊间",
};

export const PHONE_TASK: Record<string, Word> = {
  open: word("待拨打", "wait"),
  done: word("已联系上", "good"),
  given_up: word("没有联系上", "bad"),
  not_needed: word("不用打了"),
};
export const PHONE_TASK_KIND: Record<string, string> = { undelivered: "通知没有送到", followup: "随访", other: "其他" };
export const CALL_OUTCOME: Record<string, Word> = {
  reached: word("已联系上", "good"),
  no_answer: word("无人接听", "wait"),
  powered_off: word("关机", "wait"),
  wrong_number: word("空号或错号", "bad"),
  suspended: word("停机", "bad"),
  refused: word("拒绝接听", "bad"),
  deceased: word("已故", "bad"),
};

export const RECONCILED: Record<string, Word> = {
  waiting: word("还没对", "wait"),
  balanced: word("全部一致", "good"),
  settled: word("差异已处理", "good"),
  differs: word("有差异", "bad"),
};
export const SETTLE: Record<string, string> = {
  ask_wechat: "再问微信",
  tell_his: "再通知医院系统",
  refund: "退款给患者",
  correct: "更正账目",
  explain: "写明原因",
};
export const SETTLED: Record<string, string> = {
  ask_wechat: "问过微信，已补记",
  refund: "已发起退款",
  correct: "已更正账目",
  explain: "已写明原因",
  vanished: "再对时已一致",
};

export const WRITE_BACK: Record<string, string> = {
  appointment: "预约",
  appointment_cancel: "取消预约",
  bill: "门诊缴费",
  bill_cancel: "门诊缴费退费",
  deposit: "住院预交金",
  deposit_cancel: "住院预交金退费",
};

export const WRITE_BACK_STATUS: Record<string, Word> = {
  waiting: word("等待写入", "wait"),
  refused: word("被拒绝", "bad"),
  written: word("已写入", "good"),
};

export const ORDER: Record<string, Word> = {
  created: word("未付款", "wait"),
  prepaid: word("未付款", "wait"),
  paid: word("已付款", "good"),
  closed: word("已关闭"),
  refunding: word("退款中", "wait"),
  partly_refunded: word("部分退款"),
  refunded: word("已退款"),
  abnormal: word("退款异常", "bad"),
};

export const ORDER_KIND: Record<string, string> = { appointment: "挂号费", bill: "门诊缴费", deposit: "住院预交金" };

export const REFUND: Record<string, Word> = {
  at_his: word("等医院系统退费", "wait"),
  waiting: word("等待退款", "wait"),
  processing: word("微信办理中", "wait"),
  success: word("已退回", "good"),
  abnormal: word("没有退成", "bad"),
  closed: word("微信已关闭", "bad"),
  refused: word("医院系统未同意", "bad"),
};

export const ENTRY: Record<string, string> = {
  paid: "收到付款",
  charged: "医院系统记账",
  uncharged: "医院系统退费",
  refunded: "退回患者",
  fee: "手续费",
  correction: "调整",
};

export const LEDGER_ACCOUNT: Record<string, string> = {
  wechat: "微信支付账户",
  patients: "应付患者",
  his: "医院收款",
  fees: "手续费",
  suspense: "待查",
};

export const ARTICLE: Record<string, Word> = {
  draft: word("草稿"),
  sending: word("群发中", "wait"),
  sent: word("已群发", "good"),
  publishing: word("发布中", "wait"),
  published: word("已发布", "good"),
  failed: word("没有发出", "bad"),
};

export const RELATION: Record<string, string> = {
  self: "本人",
  child: "子女",
  parent: "父母",
  spouse: "配偶",
  other: "其他",
};

export const SEX: Record<string, string> = { male: "男", female: "女", unknown: "未说明" };
export const CARD: Record<string, string> = { outpatient: "门诊号", inpatient: "住院号" };
export const REPORT_KIND: Record<string, string> = { lab: "检验", imaging: "检查" };
export const REPORT: Record<string, Word> = {
  final: word("正式", "good"),
  corrected: word("已更正", "wait"),
};
export const FLAG: Record<string, string> = { H: "↑ 偏高", L: "↓ 偏低", HH: "↑↑ 很高", LL: "↓↓ 很低", A: "异常" };
export const FOLLOWUP_KIND: Record<string, string> = { followup: "随访", research: "科研随访", satisfaction: "满意度" };
export const ANSWERED_BY: Record<string, string> = { self: "本人", relative: "家属", staff: "工作人员代填" };

export const PLAN: Record<string, Word> = {
  draft: word("草稿"),
  published: word("使用中", "good"),
  retired: word("已停用"),
};
export const ANCHOR: Record<string, string> = {
  discharge: "出院",
  visit: "就诊",
  operation: "手术",
  delivery: "分娩",
  last_period: "末次月经",
  positive_report: "阳性报告",
};
export const ENROLMENT: Record<string, Word> = {
  active: word("进行中", "good"),
  paused: word("已暂停", "wait"),
  ended: word("已结束"),
};
export const STEP_OUTCOME: Record<string, Word> = {
  answered: word("已回答", "good"),
  expired: word("没有回答", "bad"),
  skipped: word("未发送"),
};
export const ROLE: Record<string, string> = {
  admin: "管理员",
  doctor: "医生",
  nurse: "护士",
  desk: "窗口",
  finance: "财务",
  editor: "编辑",
};

export function named(words: Record<string, string>, code: string | null | undefined): string {
  return code ? (words[code] ?? code) : "";
}

export function shown(words: Record<string, Word>, code: string | null | undefined): Word {
  return (code && words[code]) || word(code ?? "");
}
