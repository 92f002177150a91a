// The console's table of contents.
import {
  Bell,
  Calendar,
  ChatLineSquare,
  Connection,
  DataBoard,
  Document,
  EditPen,
  Grid,
  Stamp,
  User,
  UserFilled,
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
    ],
  },
  {
    title: "随访",
    links: [
      { path: "/followups", title: "随访与回答", scope: "followups.read", icon: ChatLineSquare },
      { path: "/followups/send", title: "发送随访", scope: "followups.send", icon: EditPen },
    ],
  },
  {
    title: "公众号",
    links: [
      { path: "/menu", title: "菜单", scope: "menu", icon: Grid },
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
