// Every Chinese word the patient reads, in one place: short sentences, everyday words.
export const t = {
  common: {
    seeMore: "看更多", asOf: (at: string) => `医院系统暂时没有回应，下面是 ${at} 的数据。`,
    back: "返回", home: "回首页", loading: "正在加载…", retry: "重试", stillStuck: "一直打不开？请到门诊服务台找工作人员帮忙。",
    yes: "确定", no: "不用了", optional: "（可不填）", none: "—", done: "完成", yuan: "元",
    call: (phone: string) => `拨打电话 ${phone}`,
  },
  problem: {
    network: "网络不通，请检查网络后重试", server: "医院系统正忙，请稍后重试", unknown: "没有成功，请稍后重试", login: "微信登录没有成功，请重试",
    title: "打不开这个页面", notFound: "没有这个页面", notFoundText: "可能是链接已经过期，请从首页重新进入。",
    snapshot: "现在还不能操作", snapshotText: "当前是微信快照页，请点右下角“使用完整服务”后再操作", refused: "没有登录成功", sessionText: "请关闭这一页，再从微信菜单重新进入。",
  },
  tabs: { name: "主要页面", home: "首页", appointments: "挂号记录", me: "我的" },
  time: {
    weekdays: ["周日", "周一", "周二", "周三", "周四", "周五", "周六"], near: ["今天", "明天", "后天"] as (string | undefined)[],
    year: (year: number) => `${year}年`, monthDay: (month: number, day: number) => `${month}月${day}日`, half: { am: "上午", pm: "下午" },
  },
  sex: { male: "男", female: "女", unknown: "未说明" },
  relation: { self: "本人", child: "子女", parent: "父母", spouse: "配偶", other: "其他亲友" },
  home: {
    title: "门诊服务", hello: "您好，需要办什么？", patientNow: "当前就诊人", change: "更换", noPatient: "还没有就诊人", noPatientText: "先添加看病的人，才能挂号、查报告",
    addPatient: "添加就诊人", large: "大字版", normal: "标准版", nextVisit: "最近一次就诊", ahead: "前面还有", people: "人",
    callingNow: (n: number) => `正在叫 ${n} 号`, tasks: (n: number) => `您有 ${n} 份问卷要填写`, tasksText: "医生想了解您的恢复情况",
    outpatient: "门诊服务", inpatient: "住院服务", personal: "个人中心", follow: "关注服务号后，叫号和报告会发到您的微信",
    items: {
      book: "预约挂号", checkIn: "签到报到", queue: "候诊查询", reports: "查报告", bills: "门诊缴费", paid: "门诊清单", inpatient: "住院信息", daily: "一日清单",
      deposit: "住院预交金", patients: "就诊人", records: "挂号记录", orders: "缴费记录", tasks: "问卷", news: "健康资讯", hospital: "医院介绍",
    },
  },
  hospital: { title: "医院介绍", address: "地址", demo: "这是演示医院，人物和数据都是虚构的。", departments: "科室介绍和楼层", doctors: "专家介绍" },
  patients: {
    title: "就诊人", add: "添加就诊人", active: "当前就诊人", use: "设为当前就诊人", none: "还没有就诊人", noneText: "添加自己或家人，就可以挂号、缴费、查报告。",
    hint: "挂号、缴费、查报告都是为「当前就诊人」办理。", switched: (name: string) => `已换成 ${name}`, recordsOpen: "可查报告", recordsClosed: "报告未开通", deskPending: "等待窗口确认",
    detail: "就诊人信息", birth: "出生日期", sex: "性别", document: "证件号", phone: "手机号", relation: "与我的关系", cards: "就诊卡 / 住院号",
    noCards: "没有绑定就诊卡", addCard: "绑定就诊卡", cardNumber: "卡号", cardHint: "卡号印在就诊卡或病历本封面上", bind: "绑定", unbind: "解除", cardKind: { outpatient: "门诊卡", inpatient: "住院号" },
    cardAsk: "要解除这张卡吗？", cardAskText: "解除后可以再次绑定。", cardDone: "已绑定", records: "病历资料", openNow: "开通查看报告", opened: "已开通，可以查看报告和账单",
    notOpened: "为了保护隐私，查看报告和账单前要先核对身份。", remove: "删除这个就诊人", removeAsk: (name: string) => `要删除 ${name} 吗？`,
    removeText: "删除后，您的微信不能再为他（她）挂号和查报告。医院的病历不受影响。", removed: "已删除",
  },
  add: {
    title: "添加就诊人", name: "姓名", namePlace: "和证件上的一样", nameFault: "请填写姓名", relation: "他（她）是我的", kind: "证件种类",
    kinds: { id_card: "身份证", passport: "护照", hk_macau_pass: "港澳通行证", taiwan_pass: "台胞证", foreign_residence: "永久居留证", none_newborn: "新生儿（没有证件）" },
    number: "证件号码", numberFault: "请填写证件号码", idPlace: "18 位身份证号", idGood: (birth: string, sex: string) => `出生 ${birth}，${sex}`,
    idWrong: {
      characters: "身份证号只有数字，最后一位可以是 X", length: "身份证号应该是 18 位，请再数一数", region: "开头两位不对，请对照身份证检查", date: "中间的出生日期不对，请对照身份证检查",
      checksum: "号码有一位不对，请对照身份证检查",
    },
    birth: "出生日期", birthFault: "请选择出生日期", sex: "性别", sexFault: "请选择性别", phone: "手机号", phonePlace: "11 位手机号", phoneFault: "手机号应该是 11 位数字",
    code: "短信验证码", codePlace: "6 位数字", codeFault: "请填写短信里的验证码", getCode: "获取验证码", again: (s: number) => `${s} 秒后再发`, codeSent: "验证码已发送，请看手机短信",
    child: "14 岁以下的孩子", childText: "需要由监护人办理。请选择监护人，并填写能证明关系的材料。", guardian: "监护人", noGuardian: "请先把您自己添加为就诊人，再添加孩子。",
    guardianFault: "请选择监护人", addSelf: "先添加我自己", proofKind: "证明材料", proofs: { household_register: "户口本", birth_certificate: "出生证明", other: "其他证明" },
    proofNumber: "材料编号", proofPlace: "户口本户号或出生证编号", proofFault: "请填写材料编号", declare: "我是孩子的监护人，填写的内容属实", declareFault: "请确认您是孩子的监护人",
    consents: "请您同意", consentPlain: {
      bind: "医院保存上面的姓名、证件号和手机号，用来挂号和核对身份。", records: "核对身份后，我可以在微信里看他（她）的报告、账单和住院信息。",
      notify: "就诊提醒、报告出来了、问卷到期，医院在微信里告诉我。通知里不写检查结果。",
    }, consentsFree: "第一项不同意，就不能在这里添加。其他的可以不选，以后再说。", needed: "（必须）", full: "看完整说明", hideFull: "收起说明", consentFault: "第一项需要您同意，才能添加就诊人", agree: "我同意", submit: "添加", done: "添加成功",
    noneFound: "请检查上面标红的地方",
  },
  open: {
    title: "开通查看报告", why: "报告和账单是隐私。请选一种方式，核对您可以查看这位就诊人的资料。", byCode: "用短信验证码", byCodeText: "验证码发到医院登记的手机号，不是您刚填的号码。",
    consent: "先请您同意", consentAgree: "我同意，继续", send: "发送验证码", sentTo: (phone: string) => `验证码已发到 ${phone}`, code: "短信验证码", confirm: "确认开通", byDesk: "到窗口办理",
    byDeskText: "手机号换了、收不到短信，或给老人孩子办理，请带证件到门诊服务台。", askDesk: "获取窗口办理号", deskNumber: "窗口办理号", deskText: "请把这个号码和证件一起交给门诊服务台的工作人员。办好后这里会自动开通。",
    refresh: "我已办好，刷新", opened: "已经开通", openedText: "现在可以查看报告、账单和住院信息了。", goReports: "去看报告", notYet: "窗口还没有确认，请稍等",
  },
  book: {
    title: "预约挂号", search: "搜索科室或医生", byDoctor: "按医生", byTime: "按日期", noDepartment: "没有找到这个科室", noDepartmentText: "换一个词试试，或到服务台询问。",
    doctors: (n: number) => `${n} 位医生`, intro: "科室介绍", timetable: "看出诊时间", doctorsTitle: "医生", noDoctor: "没有找到医生", noDoctorText: "换一个名字试试。", searchDoctor: "输入医生姓名",
    speciality: "擅长", introDoctor: "介绍", fee: "挂号费", free: "免费", noClinics: "这一天没有出诊", noClinicsText: "请看看别的日期。", noClinicsWeek: "近两周没有出诊", left: (n: number) => `余 ${n} 号`, full: "已约满", stopped: "停诊", past: "已结束",
    pickDate: "选日期", slots: "选时间", slotsHint: "一个号对应一个时间，请提前 15 分钟到。", noSlots: "号已经约满了", noSlotsText: "请看看别的日期或别的医生。", otherDays: "看别的日期", left0: "已满", stripFree: "有号",
    confirm: "确认挂号", patient: "就诊人", doctor: "医生", department: "科室", time: "就诊时间", location: "地点", order: (n: number) => `第 ${n} 号`, rules: "请您留意",
    rule: ["请在就诊时间前 15 分钟到达，在诊区扫码签到。", "不能来，请尽早取消。在规定时间前取消，挂号费原路退回。", "医院停诊会通知您，并全额退款。"], submitPay: (money: string) => `去支付 ${money}`, submitFree: "确认挂号",
    needPatient: "请先选择就诊人", taken: "这个号刚刚被别人约走了，请换一个时间", again: "重新选时间", title2: "支付挂号费", holdLeft: "请在时间内完成支付", holdOver: "没有及时支付，号已经放回", holdOverText: "您可以重新选一个时间。",
    payNow: (money: string) => `微信支付 ${money}`, giveUp: "不要这个号了", result: "挂号结果", ok: "挂号成功", okText: "请按时到医院，在诊区扫码签到。", waiting: "正在确认", waitingText: "支付已收到，正在和医院确认，请稍等。一般不超过一分钟。",
    failed: "挂号没有成功", failedText: "如果已经付款，钱会原路退回，请留意微信通知。", seeDetail: "查看挂号详情", number: "就诊序号",
  },
  pay: {
    failed: "支付没有成功，请重试", notPaid: "这笔订单已经关闭，没有扣款，请重新办理", onlyInWeChat: "请在微信中打开本页再支付", cancelled: "您取消了支付，可以再次支付", waiting: "已付款，正在等待微信确认，请稍后查看",
    paid: "支付成功",
  },
  appointments: {
    title: "挂号记录", upcoming: "待就诊", past: "以往", none: "没有待就诊的挂号", noneText: "需要看病，可以在这里预约。", nonePast: "没有以往的记录", book: "去挂号",
    status: {
      held: "待支付", confirmed: "已预约", checked_in: "已签到", seen: "已就诊", cancelled: "已取消", expired: "超时未付", refused: "未成功", stopped: "医生停诊",
    }, tone: { held: "warn", confirmed: "accent", checked_in: "good", seen: "", cancelled: "", expired: "", refused: "bad", stopped: "bad" },
    detail: "挂号详情", number: "预约号", fee: "挂号费", cancel: "取消挂号", cancelAsk: "要取消这次挂号吗？", cancelPaid: (money: string) => `取消后，挂号费 ${money} 会原路退回您的微信。`, cancelFree: "取消后，这个号会让给别人。",
    cancelYes: "确认取消", cancelled: "已取消", cancelUntil: (at: string) => `${at} 前可以取消`, cannotCancel: "已过可取消的时间，请联系门诊服务台。", checkIn: "签到报到", pay: "去支付", hisWaiting: "正在和医院系统核对，一般不超过一分钟。",
    order: {
      created: "待支付", prepaid: "待支付", paid: "已支付", closed: "已关闭", refunding: "退款中", refunded: "已退款", partly_refunded: "部分退款", abnormal: "请联系医院",
    }, money: "支付情况", seeQueue: "看候诊进度",
  },
  checkIn: {
    title: "签到报到", scan: "扫诊区二维码", how: "到了诊区，扫护士站的二维码就可以签到，不用再排一次队。", howH5: "请用微信「扫一扫」，扫诊区护士站的二维码。", today: "今天可以签到的挂号", none: "今天没有可以签到的挂号",
    noneText: "签到要在就诊当天、到了医院以后。", which: "请选择要签到的挂号", here: "在这里签到", ok: "签到成功", needStation: "请先扫护士站的二维码", wrongCode: "这不是签到二维码，请扫护士站的二维码",
  },
  queue: {
    title: "候诊查询", none: "今天没有排队", noneText: "签到以后，这里会显示您前面还有几个人。", goCheckIn: "去签到", mine: "我的号", ahead: "前面还有", people: "人", expected: "预计", about: (n: number) => `大约还要 ${n} 分钟`,
    calling: "正在叫", status: { waiting: "候诊中", called: "请就诊", seen: "已看完", missed: "已过号" }, called: (room: string) => `请到 ${room} 就诊`, missed: "您的号已过，请到护士站说一声",
    next: "下一位就是您", live: "实时更新中", offline: "网络断开，正在重新连接…", near: "快到您了，请在诊室门口等候", honest: "时间只是估计，请以叫号为准。",
  },
  reports: {
    title: "我的报告", none: "还没有报告", noneText: "报告出来后会通知您，也会显示在这里。", closed: "报告还没有开通", closedText: "为了保护隐私，要先核对身份。", openNow: "去开通", kind: { lab: "检验", imaging: "检查" },
    abnormal: (n: number) => `${n} 项异常`, held: "请到医院领取", detail: "报告", status: { final: "正式报告", corrected: "更正报告" }, item: "项目", range: "参考范围",
    flag: { H: "↑ 偏高", L: "↓ 偏低", HH: "↑↑ 很高", LL: "↓↓ 很低", A: "异常" } as Record<string, string>, trend: "看变化", hideTrend: "收起",
    noTrend: "只有一次结果，还看不出变化", findings: "检查所见", conclusion: "诊断意见", visit: "就诊号", specimen: "标本", department: "申请科室", laboratory: "实验室", collected: "采样时间", received: "标本接收", reported: "报告时间",
    operator: "检验者", reviewer: "审核者", operatorImaging: "报告医师", reviewerImaging: "审核医师", version: (n: number) => `第 ${n} 版`, band: "浅绿色的一条是正常范围", advice: "结果请由医生结合病情判断，不要自己停药或换药。", chart: (name: string) => `${name}的变化图`,
    heldTitle: "这份报告需要当面领取", mark: "异常的项目", other: "其他项目", about: "报告说明",
  },
  bills: {
    title: "门诊缴费", unpaid: "待缴费", paid: "已缴费", none: "没有要缴的费用", noneText: "医生开了检查或药以后，这里会显示费用。", nonePaid: "没有已缴费的清单", detail: "费用明细", total: "合计", pay: (money: string) => `微信支付 ${money}`,
    status: { unpaid: "待缴费", paying: "支付中", paid: "已缴费", refunded: "已退费" }, tone: { unpaid: "warn", paying: "accent", paid: "good", refunded: "" }, issued: "开单时间", doctor: "开单医生", items: (n: number) => `共 ${n} 项`, paidText: "缴费成功。请按指引去做检查或取药。",
    closed: "账单还没有开通", patient: "就诊人",
  },
  orders: { title: "缴费记录", none: "还没有缴费记录", noneText: "挂号和缴费以后，可以在这里查看。", kind: { appointment: "挂号费", bill: "门诊费用", deposit: "住院预交金" }, refunded: (money: string) => `已退 ${money}`, number: "订单号" },
  inpatient: {
    title: "住院服务", none: "没有住院记录", noneText: "办理住院后，这里会显示病区、床位和费用。", in: "住院中", out: "已出院", number: "住院号", admitted: "入院", discharged: "出院", deposit: "已交预交金", spent: "已用", balance: "余额",
    daily: "一日清单", topUp: "交预交金", dailyTitle: "一日清单", noDaily: "还没有清单", noDailyText: "每天的费用第二天早上可以看到。", depositTitle: "交住院预交金", amount: "金额（元）", amountFault: "请填写 1 元到 100000 元之间的金额", low: "余额不多，请及时补交",
    done: "预交金已收到", other: "其他金额",
  },
  tasks: {
    title: "问卷", open: "待填写", done: "已填写", none: "没有要填的问卷", noneText: "医生发来的随访和满意度问卷会显示在这里。", noneDone: "还没有填过问卷", kind: { followup: "随访问卷", satisfaction: "满意度调查" }, from: (who: string) => `来自 ${who}`,
    until: (at: string) => `请在 ${at} 前填写`, status: { open: "待填写", answered: "已填写", expired: "已过期" }, forWho: "就诊人", answeredAt: (at: string) => `${at} 填写`,
  },
  form: {
    choose: "请选一个答案", fill: "请填写这一题", whole: "请填写整数", number: "请填写数字", date: "请选择日期", tooLong: (n: number) => `最多 ${n} 个字`, yes: "是", no: "否", pickDate: "点这里选日期", must: "必答", many: "可以选几个", progress: (done: number, all: number) => `已答 ${done} / ${all} 题`,
    between: (min: number | null, max: number | null, unit: string) => (min !== null && max !== null ? `请填写 ${min} 到 ${max}${unit} 之间的数` : min !== null ? `不能小于 ${min}${unit}` : `不能大于 ${max}${unit}`),
    who: "这份问卷是谁填的？", self: "就诊人本人", relative: "家属代填", submit: "提交", saved: "已自动保存", faults: (n: number) => `还有 ${n} 题没有答好，请看标红的题目`, thanks: "谢谢您", advice: "给您的提醒", expired: "这份问卷已经过期", answered: "这份问卷已经填过了", place: "请填写",
  },
  articles: { title: "健康资讯", none: "还没有文章", noneText: "医院发布的健康知识会显示在这里。", by: (author: string, on: string) => `${author}　${on}` },
  me: {
    title: "我的", large: "大字版", largeText: "字和按钮都变大", consents: "隐私与授权", patients: "就诊人管理", orders: "缴费记录", tasks: "我的问卷", phone: "联系医院", logOut: "退出登录", logOutAsk: "要退出登录吗？", logOutText: "退出后，再次进入会重新登录。", loggedOut: "已退出",
    consentsText: "您可以随时收回同意。收回后，相关功能不能使用，医院的病历不受影响。", granted: (on: string) => `${on} 同意`, notGranted: "未同意", withdraw: "收回同意", grant: "同意", withdrawAsk: "要收回同意吗？", withdrawText: {
      bind: "收回后，已添加的就诊人会全部移除，不能再在微信里挂号缴费。", records: "收回后，要重新核对身份，才能再看报告和账单。", notify: "收回后，不再收到提醒。停诊、退费这类重要通知仍会告诉您。",
    }, noConsents: "没有授权记录", active: "当前就诊人", noActive: "还没有就诊人",
  },
  subscribe: { booking: "开启就诊提醒", followup: "开启随访提醒", report: "开启报告提醒", texts: { booking: "就诊前、快叫到您时，会收到微信提醒。", followup: "医生发来新问卷时，会收到微信提醒。", report: "报告出来时，会收到微信提醒，里面不写结果。" }, on: "提醒已开启", off: "没有开启提醒，需要时可以再来这里开启" },
};
