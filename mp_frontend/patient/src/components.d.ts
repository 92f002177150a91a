// The types of our components, which uni-app finds by their names.
declare module "vue" {
  export interface GlobalComponents {
    SzPage: (typeof import("./components/sz-page/sz-page.vue"))["default"];
    SzButton: (typeof import("./components/sz-button/sz-button.vue"))["default"];
    SzField: (typeof import("./components/sz-field/sz-field.vue"))["default"];
    SzEmpty: (typeof import("./components/sz-empty/sz-empty.vue"))["default"];
    SzTabbar: (typeof import("./components/sz-tabbar/sz-tabbar.vue"))["default"];
    SzClinic: (typeof import("./components/sz-clinic/sz-clinic.vue"))["default"];
    SzResult: (typeof import("./components/sz-result/sz-result.vue"))["default"];
    SzSubscribe: (typeof import("./components/sz-subscribe/sz-subscribe.vue"))["default"];
    SzQuestion: (typeof import("./components/sz-question/sz-question.vue"))["default"];
    SzSlider: (typeof import("./components/sz-slider/sz-slider.vue"))["default"];
    SzPhotos: (typeof import("./components/sz-photos/sz-photos.vue"))["default"];
    SzWhen: (typeof import("./components/sz-when/sz-when.vue"))["default"];
    SzChoice: (typeof import("./components/sz-choice/sz-choice.vue"))["default"];
    SzTabs: (typeof import("./components/sz-tabs/sz-tabs.vue"))["default"];
    SzWho: (typeof import("./components/sz-who/sz-who.vue"))["default"];
    SzBillLines: (typeof import("./components/sz-bill-lines/sz-bill-lines.vue"))["default"];
    SzStale: (typeof import("./components/sz-stale/sz-stale.vue"))["default"];
  }
}
export {};
