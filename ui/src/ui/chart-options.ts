// A series as options of ECharts, in the colours of the page.
import type { CustomSeriesOption } from "echarts/charts";
import type { EChartsCoreOption } from "echarts/core";
import type { Line, Point, Series } from "@/ui/series";

/** Kept apart by lightness too, and lines by their symbols. */
const COLOURS = ["--accent", "--warn", "--good", "--bad"];
const SYMBOLS = ["circle", "rect", "triangle", "diamond"];

type Draw = NonNullable<CustomSeriesOption["renderItem"]>;

/** A bar from low to high with ends. */
const whisker: Draw = (_, api) => {
  const low = api.coord([api.value(0), api.value(1)]);
  const high = api.coord([api.value(0), api.value(2)]);
  const style = { stroke: api.visual("color") as string, lineWidth: 2, fill: undefined };
  const line = (x1: number, y1: number, x2: number, y2: number) =>
    ({ type: "line", shape: { x1, y1, x2, y2 }, style }) as const;
  const [x = 0, bottom = 0] = low;
  const top = high[1] ?? 0;
  return {
    type: "group",
    children: [line(x, bottom, x, top), line(x - 6, bottom, x + 6, bottom), line(x - 6, top, x + 6, top)],
  };
};

type Range = [place: number, low: number, high: number];

/** A band around a line; it is drawn whole with its first place. */
const band = (ranges: Range[]): Draw => ({ dataIndex }, api) => {
  if (dataIndex !== 0) return { type: "group", children: [] };
  const edge = (end: 1 | 2) => ranges.map((range) => api.coord([range[0], range[end]]));
  const points = [...edge(2), ...edge(1).reverse()];
  return { type: "polygon", shape: { points }, style: { fill: api.visual("color") as string, opacity: 0.13 }, silent: true };
};

export function options(series: Series, style: CSSStyleDeclaration, description: string): EChartsCoreOption {
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const ink = colour("--ink");
  const muted = colour("--muted");
  const line = colour("--line");
  const palette = COLOURS.map(colour);
  const font = { color: ink, fontFamily: style.fontFamily, fontSize: 12 };
  const labels = { ...font, color: muted };
  const several = series.lines.length > 1;
  const names = [...new Set(series.lines.flatMap(({ points }) => points.map(({ x }) => x)))];
  return {
    animation: false,
    textStyle: font,
    color: palette,
    // The words of the label are ours: what ECharts would say of a custom series is not helpful.
    aria: { enabled: true, label: { description }, decal: { show: true } },
    grid: { left: 8, right: 16, top: several ? 60 : 32, bottom: 8, containLabel: true },
    legend: several ? { top: 0, left: 0, textStyle: font, data: series.lines.map(({ name }) => name) } : undefined,
    tooltip: {
      trigger: "axis",
      // As text on the canvas: tooltips in HTML need inline styles, which the policy forbids.
      renderMode: "richText",
      backgroundColor: colour("--surface"),
      borderColor: line,
      textStyle: font,
      formatter: (shown: unknown) => tip(series, (shown as { dataIndex: number; name: string }[])[0]),
    },
    xAxis: { type: "category", data: names, axisLabel: { ...labels, formatter: series.short }, axisLine: { lineStyle: { color: line } }, axisTick: { show: false } },
    yAxis: {
      type: "value", name: series.unit, nameTextStyle: { ...labels, align: "left" },
      // What is filled begins at zero, or its height lies.
      scale: series.kind !== "area", minInterval: series.kind === "area" ? 1 : undefined,
      axisLabel: { ...labels, formatter: series.format }, splitLine: { lineStyle: { color: line } },
    },
    series: series.lines.flatMap((one, index) => drawn(one, index, series, names, palette[index % palette.length] ?? ink, { muted, surface: colour("--surface"), ink })),
  };
}

/** Hollow where something may still come. */
const placed = (point: Point | undefined, colour: string, surface: string) =>
  point?.open ? { value: point.y, itemStyle: { color: surface, borderColor: colour, borderWidth: 2 } } : (point?.y ?? null);

interface Ground {
  muted: string;
  surface: string;
  ink: string;
}

/** A line at zero, and lines where something happened; once, with the first series. */
function marks(index: number, { zero, marks = [] }: Series, { muted, ink }: Ground) {
  const data = [
    ...(zero ? [{ yAxis: 0, label: { show: false } }] : []),
    ...(index === 0 ? marks.map(({ x, label }) => ({ xAxis: x, label: { show: true, formatter: label, color: ink, position: "insideEndTop", rotate: 0, distance: 2 } })) : []),
  ];
  return data.length === 0 ? undefined : { silent: true, symbol: "none", lineStyle: { color: muted, type: "dashed", width: 1 }, data };
}

function drawn(one: Line, index: number, series: Series, names: string[], colour: string, ground: Ground) {
  const { kind } = series;
  const { surface } = ground;
  const at = new Map(one.points.map((point) => [point.x, point]));
  const main = {
    type: "line",
    name: one.name,
    data: names.map((name) => placed(at.get(name), colour, surface)),
    symbol: SYMBOLS[index % SYMBOLS.length],
    symbolSize: kind === "area" ? 0 : 8,
    lineStyle: { width: 2, color: colour, type: index === 0 ? "solid" : "dashed" },
    itemStyle: { color: colour },
    areaStyle: kind === "area" ? { opacity: 0.12 } : undefined,
    markLine: marks(index, series, ground),
  };
  const ranges = names.flatMap((name, place): Range[] => {
    const point = at.get(name);
    return point && point.low != null && point.high != null ? [[place, point.low, point.high]] : [];
  });
  if (kind === "area" || ranges.length === 0) return [main];
  const renderItem = kind === "band" ? band(ranges) : whisker;
  return [main, { type: "custom", name: `${one.name}, interval`, renderItem, data: ranges, encode: { x: 0, y: [1, 2] }, itemStyle: { color: colour }, z: 1 }];
}

function tip({ lines, format }: Series, shown: { name: string } | undefined): string {
  if (!shown) return "";
  const rows = lines.flatMap(({ name, points }) => {
    const point = points.find(({ x }) => x === shown.name);
    if (!point || point.y === null) return [];
    const range = point.low != null && point.high != null ? ` [${format(point.low)}, ${format(point.high)}]` : "";
    return [`${name}: ${format(point.y)}${range}`];
  });
  return [shown.name, ...rows].join("\n");
}
