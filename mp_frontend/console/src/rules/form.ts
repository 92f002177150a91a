// How a questionnaire behaves on the phone: the rules that the patient's app uses too.
export {
  added,
  changed,
  linesOf,
  regionsOf,
  removed,
  stepsOf,
  tidied,
  toggled,
  troublesOf,
  valueAt,
} from "../../../api/form";
export type { Answer, Answers, Line, Path, Trouble } from "../../../api/form";
