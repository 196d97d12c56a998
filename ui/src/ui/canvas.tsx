// Draws with ECharts. Everything that needs the library is here, in a piece that is loaded
// when the first chart is.
import { BarChart, CustomChart, GraphChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use as register, type EChartsCoreOption } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { options } from "@/ui/chart-options";
import { net } from "@/ui/net-options";
import type { Net } from "@/ui/net";
import type { Series } from "@/ui/series";
import { useTheme } from "@/ui/theme";

register([BarChart, CustomChart, GraphChart, LineChart, AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, CanvasRenderer]);

type Make<T> = (what: T, style: CSSStyleDeclaration, description: string) => EChartsCoreOption;

function Drawing<T>({ what, make, description }: { what: T; make: Make<T>; description: string }) {
  const place = useRef<HTMLDivElement>(null);
  const [theme] = useTheme();
  // ECharts is no part of React: it is made, told and thrown away here, and nowhere else.
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const chart = init(element, null, { renderer: "canvas" });
    chart.setOption(make(what, getComputedStyle(element), description));
    const watch = new ResizeObserver(() => chart.resize());
    watch.observe(element);
    return () => {
      watch.disconnect();
      chart.dispose();
    };
  }, [what, make, description, theme]);
  return <div ref={place} role="img" aria-label={description} className="h-72 w-full" />;
}

export const Canvas = ({ description, series }: { description: string; series: Series }) => <Drawing what={series} make={options} description={description} />;

export const NetCanvas = ({ description, net: what }: { description: string; net: Net }) => <Drawing what={what} make={net} description={description} />;
