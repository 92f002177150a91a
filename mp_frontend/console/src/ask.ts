// Questions and short notices: one way to confirm, one way to say it worked or did not.
import { ElMessage, ElMessageBox } from "element-plus";
import { h } from "vue";
import { sentence } from "./api";

const OFFSET = 40; // below the ribbon

/** True when the person says yes. */
export async function ask(title: string, text: string, yes: string, no = "再想想"): Promise<boolean> {
  try {
    await ElMessageBox.confirm(text, title, {
      confirmButtonText: yes,
      cancelButtonText: no,
      closeOnClickModal: false,
      customClass: "ask",
    });
    return true;
  } catch {
    return false;
  }
}

export function tell(text: string): void {
  ElMessage({ type: "success", message: text, plain: true, grouping: true, offset: OFFSET });
}

/** Says why something was not done. */
export function refuse(text: string): void {
  ElMessage({ type: "error", message: text, plain: true, grouping: true, duration: 6000, offset: OFFSET });
}

export function complain(error: unknown): void {
  refuse(sentence(error));
}

/** Says what was done and offers to take it back for eight seconds. */
export function tellUndoable(text: string, undo: () => unknown): void {
  const notice = ElMessage({
    type: "success",
    plain: true,
    duration: 8000,
    offset: OFFSET,
    message: h("span", [
      `${text}　`,
      h(
        "button",
        {
          type: "button",
          class: "undo",
          onClick: () => {
            notice.close();
            void undo();
          },
        },
        "撤销",
      ),
    ]),
  });
}
