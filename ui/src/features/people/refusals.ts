// Why a candidate was refused, in words.
import type { Schema } from "@/api/client";
import { dateTime } from "@/ui/format";

const WORDS: Record<string, string> = {
  no_consent: "there is no consent for the channel",
  capped: "the person was contacted as often as the contact policy allows",
  quiet_hours: "it was quiet time for the person",
  budget_spent: "the budget is spent",
  out_of_stock: "nothing is left of the offer",
  rule_failed: "a rule of the variant does not hold for the person",
  not_in_audience: "the person is outside the campaign's audience",
  holdout: "the person is held out, and this is not what the holdout receives",
  no_address: "the person has no address on the channel",
  switched_off: "the campaign or the channel is switched off",
  wrong_channel: "the channel cannot carry the variant",
  expired: "its time had passed",
  erased: "the person asked to be forgotten",
  restricted: "the person asked to be left alone",
};

export function refusal({ reason, until, by }: Schema["Refusal"]): string {
  const parts = [WORDS[reason] ?? "refused", by && `by ${by}`, until && `until ${dateTime(until)}`];
  return parts.filter(Boolean).join(", ");
}
