// Every page of the console, the scope it needs and what it is called; each page is its own file on the wire.
import { createRouter, createWebHistory, type RouteRecordRaw } from "vue-router";
import { can, recognise } from "./session";

declare module "vue-router" {
  interface RouteMeta {
    title: string;
    scope?: string;
    open?: boolean;
  }
}

const inside: RouteRecordRaw[] = [
  { path: "", name: "overview", component: () => import("./pages/Overview.vue"), meta: { title: "概览" } },
  {
    path: "patients",
    name: "patients",
    component: () => import("./pages/Patients.vue"),
    meta: { title: "患者", scope: "patients.read" },
  },
  {
    path: "patients/:id",
    name: "patient",
    component: () => import("./pages/Patient.vue"),
    meta: { title: "患者", scope: "patients.read" },
  },
  {
    path: "patients/:id/reports/:report",
    name: "report",
    component: () => import("./pages/Report.vue"),
    meta: { title: "报告", scope: "reports.read" },
  },
  {
    path: "appointments",
    name: "appointments",
    component: () => import("./pages/Appointments.vue"),
    meta: { title: "预约", scope: "appointments.read" },
  },
  {
    path: "openings",
    name: "openings",
    component: () => import("./pages/Openings.vue"),
    meta: { title: "窗口核验", scope: "openings.confirm" },
  },
  {
    path: "phone-tasks",
    name: "phone-tasks",
    component: () => import("./pages/PhoneTasks.vue"),
    meta: { title: "电话任务", scope: "contacts" },
  },
  {
    path: "alerts",
    name: "alerts",
    component: () => import("./pages/Alerts.vue"),
    meta: { title: "随访预警", scope: "alerts" },
  },
  {
    path: "roster",
    name: "roster",
    component: () => import("./pages/Roster.vue"),
    meta: { title: "值班表", scope: "alerts" },
  },
  {
    path: "reach",
    name: "reach",
    component: () => import("./pages/Reach.vue"),
    meta: { title: "我怎么收到提醒", scope: "staff" },
  },
  {
    path: "desk",
    name: "desk",
    component: () => import("./pages/Desk.vue"),
    meta: { title: "今日随访", scope: "followups.read" },
  },
  {
    path: "figures",
    name: "figures",
    component: () => import("./pages/Figures.vue"),
    meta: { title: "随访统计", scope: "statistics" },
  },
  {
    path: "followups",
    name: "followups",
    component: () => import("./pages/Followups.vue"),
    meta: { title: "随访", scope: "followups.read" },
  },
  {
    path: "followups/send",
    name: "send-followup",
    component: () => import("./pages/SendFollowup.vue"),
    meta: { title: "发送随访", scope: "followups.send" },
  },
  {
    path: "followups/:id",
    name: "followup",
    component: () => import("./pages/Followup.vue"),
    meta: { title: "随访回答", scope: "followups.read" },
  },
  {
    path: "orders",
    name: "orders",
    component: () => import("./pages/Orders.vue"),
    meta: { title: "收款与退款", scope: "payments.read" },
  },
  {
    path: "followups/:id/call",
    name: "followup-call",
    component: () => import("./pages/FollowupCall.vue"),
    meta: { title: "电话随访", scope: "plans.enrol" },
  },
  {
    path: "enrolments",
    name: "enrolments",
    component: () => import("./pages/Enrolments.vue"),
    meta: { title: "随访中的患者", scope: "followups.read" },
  },
  {
    path: "enrolments/:id",
    name: "enrolment",
    component: () => import("./pages/Enrolment.vue"),
    meta: { title: "随访进程", scope: "followups.read" },
  },
  {
    path: "questionnaires",
    name: "questionnaires",
    component: () => import("./pages/QuestionnaireList.vue"),
    meta: { title: "问卷", scope: "questionnaires.read" },
  },
  {
    path: "questionnaires/:id",
    name: "questionnaire",
    component: () => import("./pages/QuestionnaireVersion.vue"),
    meta: { title: "问卷", scope: "questionnaires.read" },
  },
  {
    path: "questionnaire-drafts/:id",
    name: "questionnaire-draft",
    component: () => import("./pages/QuestionnaireBuilder.vue"),
    meta: { title: "编辑问卷", scope: "questionnaires.edit" },
  },
  {
    path: "plans",
    name: "plans",
    component: () => import("./pages/Plans.vue"),
    meta: { title: "随访计划", scope: "plans.read" },
  },
  {
    path: "plans/:id",
    name: "plan",
    component: () => import("./pages/Plan.vue"),
    meta: { title: "随访计划", scope: "plans.read" },
  },
  {
    path: "menu",
    name: "menu",
    component: () => import("./pages/MenuEditor.vue"),
    meta: { title: "公众号菜单", scope: "menu" },
  },
  {
    path: "scenes",
    name: "scenes",
    component: () => import("./pages/Scenes.vue"),
    meta: { title: "场景二维码", scope: "scenes" },
  },
  {
    path: "articles",
    name: "articles",
    component: () => import("./pages/Articles.vue"),
    meta: { title: "文章", scope: "articles.edit" },
  },
  {
    path: "articles/:id",
    name: "article",
    component: () => import("./pages/ArticleEditor.vue"),
    meta: { title: "编辑文章", scope: "articles.edit" },
  },
  {
    path: "messages",
    name: "messages",
    component: () => import("./pages/Messages.vue"),
    meta: { title: "消息记录", scope: "messages.read" },
  },
  {
    path: "reconciliations",
    name: "reconciliations",
    component: () => import("./pages/Reconciliations.vue"),
    meta: { title: "每日对账", scope: "reconciliation" },
  },
  {
    path: "reconciliations/:on",
    name: "reconciliation",
    component: () => import("./pages/Reconciliation.vue"),
    meta: { title: "每日对账", scope: "reconciliation" },
  },
  {
    path: "write-backs",
    name: "write-backs",
    component: () => import("./pages/WriteBacks.vue"),
    meta: { title: "HIS 回写", scope: "write_backs" },
  },
  {
    path: "members",
    name: "members",
    component: () => import("./pages/Members.vue"),
    meta: { title: "成员", scope: "staff.manage" },
  },
  { path: ":rest(.*)*", component: () => import("./pages/NotFound.vue"), meta: { title: "没有这个页面" } },
];

export const router = createRouter({
  history: createWebHistory("/console/"),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    {
      path: "/log-in",
      name: "log-in",
      component: () => import("./pages/LogIn.vue"),
      meta: { title: "登录", open: true },
    },
    {
      path: "/password",
      name: "password",
      component: () => import("./pages/Password.vue"),
      meta: { title: "修改密码" },
    },
    { path: "/", component: () => import("./parts/Frame.vue"), children: inside },
  ],
});

router.beforeEach(async (to) => {
  if (to.meta.open) return true;
  const staff = await recognise().catch(() => null);
  if (!staff) return { name: "log-in", query: to.fullPath === "/" ? {} : { to: to.fullPath } };
  if (staff.must_change_password && to.name !== "password") return { name: "password", query: { to: to.fullPath } };
  if (!can(to.meta.scope)) return { name: "overview", query: { refused: to.meta.title } };
  return true;
});

router.afterEach((to) => {
  document.title = `${to.meta.title} · 随诊管理台`;
});
