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
};

export const SKIPPED: Record<string, string> = {
  no_care_relation: "与您没有诊疗关系，不能发送",
  no_wechat: "还没有在微信绑定，收不到",
  already_open: "同一份问卷还没有回答，不重复发送",
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
  template: "模板消息",
  subscribe: "订阅消息",
  mini: "小程序消息",
  text: "客服消息",
  sms: "短信",
};

export const TIER: Record<string, string> = { critical: "重要", service: "服务", education: "健康教育" };

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

export const WRITE_BACK: Record<string, string> = {
  appointment: "预约",
  appointment_cancel: "取消预约",
  bill: "门诊缴费",
  deposit: "住院预交金",
};

export const WRITE_BACK_STATUS: Record<string, Word> = {
  waiting: word("等待写入", "wait"),
  refused: word("被拒绝", "bad"),
  written: word("已写入", "good"),
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
export const FOLLOWUP_KIND: Record<string, string> = { followup: "随访", satisfaction: "满意度" };
export const ANSWERED_BY: Record<string, string> = { self: "本人", relative: "家属" };
export const ROLE: Record<string, string> = {
  admin: "管理员",
  doctor: "医生",
  nurse: "护士",
  desk: "窗口",
  editor: "编辑",
};

export function named(words: Record<string, string>, code: string | null | undefined): string {
  return code ? (words[code] ?? code) : "";
}

export function shown(words: Record<string, Word>, code: string | null | undefined): Word {
  return (code && words[code]) || word(code ?? "");
}
