// All boards: those built in, and those of one's own.
import { Link } from "@tanstack/react-router";
import { useBoards, type Board } from "@/api/boards";
import { Badge } from "@/ui/badge";
import { plural } from "@/ui/format";
import { Page } from "@/ui/page";
import { Loaded } from "@/ui/panel";

const tiles = ({ spec }: Board) => (spec.sections ?? []).reduce((sum, section) => sum + section.tiles.length, 0);

function Cards({ title, boards }: { title: string; boards: readonly Board[] }) {
  if (boards.length === 0) return null;
  return (
    <section aria-label={title} className="flex flex-col gap-3">
      <h2 className="text-base font-semibold">{title}</h2>
      <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
        {boards.map((board) => (
          <li key={board.name} className="flex flex-col gap-1 rounded-lg border border-line bg-surface p-4">
            <Link to="/boards/$name" params={{ name: board.name }} className="py-0.5 font-semibold text-accent underline">{board.spec.title}</Link>
            {board.spec.description && <p className="grow text-sm text-muted">{board.spec.description}</p>}
            <p className="flex flex-wrap gap-2 pt-1 text-xs text-muted">
              {plural(tiles(board), "tile")}
              {board.edited && <Badge>edited</Badge>}
              {!board.built_in && <Badge>version {board.version}</Badge>}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function BoardsPage() {
  const boards = useBoards();
  return (
    <Page title="Boards" lead="Numbers that lead somewhere: from a campaign to how it is set up, from an audience to whom it holds, from a content to what it says.">
      <Loaded query={boards} height="h-96">
        {({ boards }) => (
          <>
            <Cards title="Your own" boards={boards.filter(({ built_in }) => !built_in)} />
            <Cards title="Built in" boards={boards.filter(({ built_in }) => built_in)} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
