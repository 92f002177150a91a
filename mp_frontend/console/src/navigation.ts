// The console's table of contents.
import {
  Bell,
  Calendar,
  ChatLineSquare,
  Connection,
  DataBoard,
  Document,
  DocumentChecked,
  EditPen,
  Finished,
  Grid,
  List,
  Monitor,
  Phone,
  Promotion,
  Stamp,
  Tickets,
  TrendCharts,
  User,
  UserFilled,
  Warning,
  Wallet,
} from "@element-plus/icons-vue";
import type { Component } from "vue";

export interface Link {
  path: string;
  title: string;
  scope?: string;
  icon: Component;
}

export const NAVIGATION: { title: string; links: Link[] }[] = [
  { title: "概览", links: [{ path: "/", title: "概览", icon: DataBoard }] },
  {
    title: "患者服务",
    links: [
      { path: "/patients", title: "患者", scope: "patients.read", icon: User },
      { path: "/appointments", title: "预约", scope: "appointments.read", icon: Calendar },
      { path: "/openings", title: "窗口核验", scope: "openings.confirm", icon: Stamp },
      { path: "/phone-tasks", title: "电话任务", scope: "contacts", icon: Phone },
    ],
  },
  {
    title: "随访",
    links: [
      { path: "/desk", title: "今日随访", scope: "followups.read", icon: Monitor },
      { path: "/alerts", title: "随访预警", scope: "alerts", icon: Warning },
      { path: "/followups", title: "随访与回答", scope: "followups.read", icon: ChatLineSquare },
      { path: "/followups/send", title: "发送随访", scope: "followups.send", icon: EditPen },
      { path: "/enrolments", title: "随访中的患者", scope: "followups.read", icon: Finished },
      { path: "/questionnaires", title: "问卷", scope: "questionnaires.read", icon: Tickets },
      { path: "/plans", title: "随访计划", scope: "plans.read", icon: List },
      { path: "/figures", title: "随访统计", scope: "statistics", icon: TrendCharts },
    ],
  },
  {
    title: "财务",
    links: [
      { path: "/orders", title: "收款与退款", scope: "payments.read", icon: Wallet },
      { path: "/reconciliations", title: "每日对账", scope: "reconciliation", icon: DocumentChecked },
    ],
  },
  {
    title: "公众号",
    links: [
      { path: "/menu", title: "菜单", scope: "menu", icon: Grid },
      { path: "/scenes", title: "场景二维码", scope: "scenes", icon: Promotion },
      { path: "/articles", title: "文章", scope: "articles.edit", icon: Document },
      { path: "/messages", title: "消息记录", scope: "messages.read", icon: Bell },
    ],
  },
  {
    title: "系统",
    links: [
      { path: "/write-backs", title: "HIS 回写", scope: "write_backs", icon: Connection },
      { path: "/members", title: "成员", scope: "staff.manage", icon: UserFilled },
    ],
  },
];
