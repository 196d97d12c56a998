// Ctrl K: going anywhere without the mouse. Finds pages, loops, campaigns, and people by their id.
import { useNavigate } from "@tanstack/react-router";
import { useState, type KeyboardEvent } from "react";
import { useBoards } from "@/api/boards";
import { useCampaigns } from "@/api/campaigns";
import { useLoops } from "@/api/loops";
import { useSession } from "@/api/session";
import { visible } from "@/shell/nav";
import { Dialog } from "@/ui/dialog";
import { words } from "@/ui/format";

interface Goal {
  id: string;
  name: string;
  kind: string;
  go: () => void;
}

function useGoals(text: string): Goal[] {
  const navigate = useNavigate();
  const rights = useSession().data?.rights ?? [];
  const loops = useLoops().data?.loops ?? [];
  const campaigns = useCampaigns().data?.campaigns ?? [];
  const boards = useBoards().data?.boards ?? [];
  const wanted = text.trim().toLowerCase();
  const pages = visible(rights).flatMap(({ places }) => places);
  const goals: (Goal & { words: string })[] = [
    ...pages.map(({ to, name, words }) => ({ id: to, name, kind: "Page", words, go: () => void navigate({ to }) })),
    ...loops.map(({ name }) => ({
      id: `loop ${name}`, name: words(name), kind: "Loop", words: name,
      go: () => void navigate({ to: "/loops/$name", params: { name } }),
    })),
    ...campaigns.map(({ name }) => ({
      id: `campaign ${name}`, name: words(name), kind: "Campaign", words: name,
      go: () => void navigate({ to: "/campaigns/$name", params: { name } }),
    })),
    ...boards.map(({ name, spec }) => ({
      id: `board ${name}`, name: spec.title, kind: "Board", words: name,
      go: () => void navigate({ to: "/boards/$name", params: { name } }),
    })),
  ];
  const found: Goal[] = goals.filter((goal) => `${goal.name} ${goal.kind} ${goal.words}`.toLowerCase().includes(wanted));
  if (wanted && rights.includes("people")) {
    const go = () => void navigate({ to: "/people", search: { q: text.trim() } });
    found.push({ id: "people", name: `“${text.trim()}”`, kind: "Find people", go });
  }
  return found;
}

function Finder({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const goals = useGoals(text);
  const chosen = Math.min(at, goals.length - 1);
  const go = (goal: Goal | undefined) => {
    if (!goal) return;
    onClose();
    goal.go();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) setAt((chosen + step + goals.length) % Math.max(goals.length, 1));
    else if (event.key === "Enter") go(goals[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <div>
      <input
        role="combobox"
        aria-label="Find pages, loops, campaigns and people"
        aria-expanded="true"
        aria-controls="goals"
        aria-activedescendant={goals[chosen] ? `goal-${chosen}` : undefined}
        placeholder="Where to?"
        className="w-full border-b border-line bg-transparent px-4 py-3 outline-none"
        autoFocus
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id="goals" role="listbox" aria-label="Found" className="p-2">
        {goals.map((goal, index) => (
          <li
            key={goal.id}
            id={`goal-${index}`}
            role="option"
            aria-selected={index === chosen}
            onClick={() => go(goal)}
            className="flex cursor-pointer justify-between rounded-md px-3 py-2 hover:bg-sunken aria-selected:bg-accent-soft"
          >
            {goal.name}
            <span className="text-xs text-muted">{goal.kind}</span>
          </li>
        ))}
        {goals.length === 0 && <li role="option" aria-selected="false" className="px-3 py-2 text-muted">Nothing is called that.</li>}
      </ul>
    </div>
  );
}

export const Find = ({ open, onClose }: { open: boolean; onClose: () => void }) => (
  <Dialog open={open} onClose={onClose} title="Find">
    <Finder onClose={onClose} />
  </Dialog>
);
