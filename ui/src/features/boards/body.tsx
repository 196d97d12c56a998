// The answer of a tile, as its display says.
import type { BoardTile } from "@/api/boards";
import { useMetrics, type MetricAnswer, type MetricRow } from "@/api/metrics";
import type { TileAsked } from "@/features/boards/asked";
import { CellLink, RowName } from "@/features/boards/drill";
import { Heat } from "@/ui/answer/heat";
import { Lines } from "@/ui/answer/lines";
import { Numbers } from "@/ui/answer/numbers";
import { Rows } from "@/ui/answer/rows";
import type { Looked } from "@/ui/question";

interface Props {
  tile: BoardTile;
  answer: MetricAnswer;
  asked: TileAsked;
  looked: Looked;
}

export function Body({ tile, answer, asked, looked }: Props) {
  const metrics = useMetrics().data?.metrics ?? [];
  const [first] = answer.metrics;
  if (!first) return null;
  switch (tile.display) {
    case "number":
      return (
        <div className="flex flex-wrap gap-6">
          {answer.metrics.map((metric) => <Numbers key={metric.name} answer={answer} metric={metric} definition={metrics.find(({ name }) => name === metric.name)} />)}
        </div>
      );
    case "line":
      return (
        <div className={answer.metrics.length > 1 ? "grid gap-4 lg:grid-cols-2" : ""}>
          {answer.metrics.map((metric) => (
            <div key={metric.name}>
              {answer.metrics.length > 1 && <h4 className="mb-1 text-sm font-medium">{metric.label}</h4>}
              <Lines answer={answer} metric={metric} title={answer.metrics.length > 1 ? metric.label : tile.title} />
            </div>
          ))}
        </div>
      );
    case "heatmap":
      return <Heat answer={answer} metric={first} caption={tile.title} />;
    default: {
      const draw = tile.display === "bar" ? "bar" : tile.display === "interval" ? "interval" : undefined;
      return (
        <Rows
          answer={answer} rows={answer.groups.length > 0 ? answer.groups : answer.rows} metrics={answer.metrics} caption={tile.title}
          draw={draw}
          name={(row: MetricRow) => <RowName tile={tile} row={row} />}
          cell={(row, metric, text) => <CellLink asked={asked} looked={looked} row={row} metric={metric} text={text} />}
        />
      );
    }
  }
}
