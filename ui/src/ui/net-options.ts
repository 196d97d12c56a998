// A net as options of ECharts, in the colours of the page.
import type { EChartsCoreOption } from "echarts/core";
import type { Net } from "@/ui/net";

const COLOURS = ["--accent", "--good", "--warn", "--bad"];
const SYMBOLS = ["circle", "rect", "triangle", "diamond"];

/** A place on an ellipse, which is as wide as labels need; never all on one line. */
function around(at: number, of: number) {
  const angle = (2 * Math.PI * at) / of + Math.PI / 6;
  return { x: 300 * Math.cos(angle), y: 100 * Math.sin(angle) };
}

export function net({ nodes, links }: Net, style: CSSStyleDeclaration, description: string): EChartsCoreOption {
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const font = { color: colour("--ink"), fontFamily: style.fontFamily, fontSize: 12 };
  const kinds = [...new Set(nodes.map(({ kind }) => kind))].sort();
  return {
    animation: false,
    textStyle: font,
    color: COLOURS.map(colour),
    aria: { enabled: true, label: { description } },
    legend: { top: 0, left: 0, textStyle: font, data: kinds.map((name, at) => ({ name, icon: SYMBOLS[at % SYMBOLS.length] })) },
    // As text on the canvas: tooltips in HTML need inline styles, which the policy forbids.
    tooltip: { renderMode: "richText", backgroundColor: colour("--surface"), borderColor: colour("--line"), textStyle: font },
    series: [{
      type: "graph",
      layout: "none",
      preserveAspect: true,
      top: 56, bottom: 40, left: 120, right: 120,
      categories: kinds.map((name, at) => ({ name, symbol: SYMBOLS[at % SYMBOLS.length] })),
      label: { ...font, show: true, position: "bottom" },
      data: nodes.map(({ id, name, kind, own }, at) => ({
        id, name, category: kinds.indexOf(kind), symbolSize: own ? 18 : 12, ...around(at, nodes.length),
        itemStyle: own ? {} : { opacity: 0.6 },
        tooltip: { formatter: `${kind}: ${name}` },
      })),
      links: links.map(({ from, to, holds, why }) => ({
        source: from, target: to,
        lineStyle: { color: colour(holds ? "--muted" : "--warn"), type: holds ? "solid" : "dashed", width: 2 },
        tooltip: { formatter: why },
      })),
    }],
  };
}
