// Why a day could not be compared, in words: the server says the system and its code, "pay bill_hash", "his timeout".
const KNOWN: Record<string, string> = {
  "pay bill_not_there": "微信支付还没有出这一天的账单，出账后会自动对账。",
  "pay bill_hash": "微信账单下载后校验不通过，没有采用，会自动再下载。",
  "pay bill_totals": "微信账单的明细与合计对不上，没有采用，会自动再下载。",
  "pay bill_merchant": "微信账单里有别的商户号，没有采用，请检查商户设置。",
};

export function troubleText(trouble: string | null | undefined): string {
  if (!trouble) return "";
  const known = KNOWN[trouble];
  if (known) return known;
  return trouble.startsWith("his ")
    ? `医院系统没有给出当天的收费记录，会自动再试（${trouble.slice(4)}）。`
    : `微信账单没有取到，会自动再试（${trouble.slice(4)}）。`;
}
