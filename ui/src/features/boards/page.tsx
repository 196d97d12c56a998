// A board: its period, comparison and filters, its tiles, and its document.
import { getRouteApi, Link } from "@tanstack/react-router";
import { useBoard, type Board } from "@/api/boards";
import { useStatus } from "@/api/server";
import { useMay } from "@/api/session";
import { rangeOfBoard } from "@/features/boards/asked";
import { NoteDialog } from "@/features/boards/note";
import { SaveDialog } from "@/features/boards/save";
import { Tile } from "@/features/boards/tile";
import { Badge } from "@/ui/badge";
import { buttonClass } from "@/ui/button";
import { CopyLink } from "@/ui/copy-link";
import { Editor } from "@/ui/editor";
import { words } from "@/ui/format";
import { Filtered, Look } from "@/ui/look";
import { Page } from "@/ui/page";
import { Frame, Loaded, Nothing } from "@/ui/panel";
import type { Looked } from "@/ui/question";
import { Tabs } from "@/ui/tabs";

const route = getRouteApi("/app/boards/$name");
const TABS = { board: "Board", document: "Document" } as const;

function Sections({ board }: { board: Board }) {
  const looked = route.useSearch();
  const navigate = route.useNavigate();
  const today = useStatus().data?.now;
  const change = (next: Partial<Looked>) => void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
  const { spec } = board;
  const { sections = [] } = spec;
  return (
    <>
      <section aria-label="Period and filters" className="flex flex-col gap-3 rounded-lg border border-line bg-surface p-4">
        <Look looked={looked} range={rangeOfBoard(spec)} today={today} fields={spec.filters ?? []} onChange={change} />
        {looked.where && <ul className="flex flex-wrap gap-2" aria-label="Filters"><Filtered looked={looked} onChange={change} /></ul>}
      </section>
      {sections.length === 0 && <Nothing>There is nothing on this board yet: its document says what is.</Nothing>}
      {sections.map((section) => (
        <section key={section.title} aria-label={section.title} className="flex flex-col gap-3">
          <div>
            <h2 className="text-base font-semibold">{section.title}</h2>
            {section.description && <p className="text-sm text-muted">{section.description}</p>}
          </div>
          <div className="grid grid-cols-12 gap-3">
            {section.tiles.map((tile, index) => <Tile key={`${index} ${tile.title}`} tile={tile} board={spec} looked={looked} onChange={change} />)}
          </div>
        </section>
      ))}
    </>
  );
}

function Document({ board }: { board: Board }) {
  const may = useMay("write");
  return (
    <Frame title="Document" note={board.built_in ? "A built-in board. Once it is changed and applied, what was applied stands in its place." : "What was applied."}>
      <Editor key={board.name} file={`board-${board.name}.yaml`} text={board.yaml} readOnly={!may} />
    </Frame>
  );
}

export function BoardPage() {
  const { name } = route.useParams();
  const { tab = "board", where, range, zone } = route.useSearch();
  const navigate = route.useNavigate();
  const board = useBoard(name);
  const may = useMay("write");
  const spec = board.data?.spec;
  return (
    <Page
      title={spec?.title ?? words(name)}
      above={<Link to="/boards">Boards</Link>}
      lead={spec?.description}
      actions={board.data && (
        <>
          {board.data.edited && <Badge>edited, version {board.data.version}</Badge>}
          <CopyLink />
          {may && <Link to="/notices" search={{ make: "report", of: name, where, range, zone }} className={buttonClass()}>Send as a mail …</Link>}
          {may && <NoteDialog board={board.data} />}
          {may && <SaveDialog board={board.data} />}
        </>
      )}
    >
      <Loaded query={board} height="h-96">
        {(found) => (
          <Tabs label="The board and its document" tabs={TABS} chosen={tab} onChoose={(tab) => void navigate({ search: (before) => ({ ...before, tab }) })}>
            {tab === "board" ? <Sections board={found} /> : <Document board={found} />}
          </Tabs>
        )}
      </Loaded>
    </Page>
  );
}
