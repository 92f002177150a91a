// What is wrong with an answer, as a sentence that says what to do.
import type { FormItem, Trouble } from "../../../api/form";
import { isNumber } from "../../../api/form";
import { t } from "../text";

const CHOSEN: FormItem["type"][] = ["choice", "dropdown", "multi", "open_choice", "open_multi", "boolean", "body_site"];
const inDays = (item: FormItem): string => t.form.daysBetween(item.earliest ?? null, item.latest ?? null);

export function faultWords(item: FormItem, trouble: Trouble): string {
  if (trouble === "required" && item.type === "slider") return t.form.pickNumber;
  if (trouble === "required") return item.type === "photo" ? t.form.takePhoto : CHOSEN.includes(item.type) ? t.form.choose : item.type === "date" || item.type === "datetime" ? t.form.date : item.type === "time" ? t.form.time : t.form.fill;
  if (trouble === "too_long") return t.form.tooLong(item.max_length ?? 200);
  if (trouble === "too_many") return item.type === "photo" ? t.form.tooManyPhotos(item.most ?? 1) : item.repeats ? t.form.tooManyRows(item.most ?? 1) : t.form.tooMany(item.most ?? 1);
  if (trouble === "wrong_pattern") return item.pattern_text ? t.form.pattern(item.pattern_text) : t.form.wrongPattern;
  if (trouble === "unknown_photo") return t.form.photoLost;
  if (trouble === "unknown_option" || trouble === "unknown") return item.type === "quantity" ? t.form.unit : t.form.chooseAgain;
  if (isNumber(item) || item.type === "quantity") {
    if (trouble === "wrong_type") return item.type === "integer" ? t.form.whole : t.form.number;
    return t.form.between(item.min ?? null, item.max ?? null, item.unit ?? "");
  }
  if (item.type === "date" || item.type === "datetime") return trouble === "out_of_range" ? inDays(item) : item.type === "date" ? t.form.date : t.form.dateTime;
  if (item.type === "time") return t.form.time;
  return CHOSEN.includes(item.type) ? t.form.choose : t.form.fill;
}
