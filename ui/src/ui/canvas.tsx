// Draws a series with ECharts. Everything that needs the library is here, in a piece that is loaded
// when the first chart is.
import { BarChart, CustomChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use as register } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { options } from "@/ui/chart-options";
import type { Series } from "@/ui/series";
import { useTheme } from "@/ui/theme";

register([BarChart, CustomChart, LineChart, AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, CanvasRenderer]);

export function Canvas({ description, series }: { description: string; series: Series }) {
  const place = useRef<HTMLDivElement>(null);
  const [theme] = useTheme();
  // ECharts is no part of React: it is made, told and thrown away here, and nowhere else.
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const chart = init(element, null, { renderer: "canvas" });
    chart.setOption(options(series, getComputedStyle(element), description));
    const watch = new ResizeObserver(() => chart.resize());
    watch.observe(element);
    return () => {
      watch.disconnect();
      chart.dispose();
    };
  }, [series, description, theme]);
  return <div ref={place} role="img" aria-label={description} className="h-72 w-full" />;
}
