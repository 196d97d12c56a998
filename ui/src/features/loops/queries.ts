// The questions that a turn asked of the lake, with what stood in their holes: so that they open in the
// SQL console and give the same answer.
import type { LoopView, Turn } from "@/api/loops";
import { workspace } from "@/api/client";

interface Spec {
  goal?: { event?: string };
  reward?: { event?: string; value?: string; cost?: string };
}

/** Who may not be measured is listed last, between commas. A turn says how many, not who: nobody is listed here. */
const NOBODY = "";

const time = (at: string) => ({ time: at });

/** The parameters of a question, by its name; a question of another name has its holes left to people. */
export function parameters(view: LoopView, turn: Turn, name: string): unknown[] {
  const { goal, reward } = view.spec as Spec;
  const [space, from, to] = [workspace(), time(turn.from), time(turn.to)];
  switch (name) {
    case "arms":
      return [space, view.name, turn.campaign, from, to, goal?.event ?? "", reward?.event ?? "", reward?.value ?? "", reward?.cost ?? "", NOBODY];
    case "assignments":
      return [space, view.name, to, NOBODY];
    default:
      return [space];
  }
}

export const evidenceSearch = (view: LoopView, turn: Turn, name: string) => ({
  sql: turn.queries?.[name] ?? "",
  parameters: JSON.stringify(parameters(view, turn, name)),
});
