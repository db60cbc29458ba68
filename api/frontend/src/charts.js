// Draws `<figure class="chart" data-chart="KIND"><figcaption>…</figcaption><script type="application/json">…</script></figure>`.
// What a chart shows stands beside it as a table or a list: the drawing is a picture with a name, the page works without it.
//
// An `address` is a path of this site; a click on what has one goes there. `words` are in the page's language. The JSON of each kind:
//   sankey  {nodes: [{id, name, address?, depth?, kind?}],
//            links: [{source, target, value, address?, status: "declared"|"proposed"|"unknown"|"broken", note?}],
//            unit?, words: {declared, proposed, unknown, broken}}        a graph without cycles; source and target are ids; value > 0
//   bar     {categories: [text], series: [{name, data: [number|null]}], unit?, addresses?: [address of each category]}
//   line    {categories: [text], series: [{name, data: [number|null]}], unit?}
import { BarChart, LineChart, SankeyChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

echarts.use([BarChart, LineChart, SankeyChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

const FONT = '"Titillium Web", system-ui, sans-serif';
const INK = "#17324d";
const COLORS = ["#0066cc", "#a66300", "#00786b", "#7a3db8", "#b3261e", "#4c5b6b"];
const SYMBOLS = ["circle", "rect", "triangle", "diamond", "emptyCircle", "emptyRect"];
const DASHES = ["solid", "dashed", "dotted", [8, 3, 2, 3], [2, 2], [12, 4]];
// How links look, so that they differ on paper without colours too; what is not declared also says so in words.
const STATUS = {
  declared: { color: "rgba(0, 102, 204, 0.5)" },
  proposed: { color: "rgba(0, 102, 204, 0.12)", borderColor: "#0066cc", borderWidth: 1.5, borderType: "dashed" },
  unknown: { color: "rgba(255, 255, 255, 0.6)", borderColor: "#5c6f82", borderWidth: 1.5, borderType: "dotted" },
  broken: { color: "rgba(179, 38, 30, 0.12)", borderColor: "#b3261e", borderWidth: 2, borderType: [8, 4, 2, 4] },
};
const PRINTED = 650;
const WORD = 16;

const language = document.documentElement.lang || "it";
const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;

/** A number with its unit, as the page's language writes it. */
function written(value, unit) {
  if (value === null || value === undefined) return "–";
  const style = unit === "EUR" ? { style: "currency", currency: "EUR", maximumFractionDigits: 0 } : { maximumFractionDigits: 2 };
  return new Intl.NumberFormat(language, style).format(value) + (unit && unit !== "EUR" ? ` ${unit}` : "");
}

/** The same, short enough for an axis. */
function short(value, unit) {
  const number = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 }).format(value);
  return unit === "EUR" ? `${number} €` : number;
}

function shared() {
  return {
    animation: !isCalm,
    textStyle: { fontFamily: FONT, color: INK },
    color: COLORS,
    // Text drawn in the picture: a tooltip of HTML would need styles that the page's policy forbids.
    tooltip: { renderMode: "richText", confine: true, textStyle: { fontFamily: FONT, color: INK, width: 320, overflow: "break" } },
  };
}

/** How many nodes stand in the fullest column, and which column each is in. */
function columns({ nodes, links }) {
  const depths = new Map(nodes.map((node) => [node.id, node.depth ?? 0]));
  const isFixed = new Set(nodes.filter((node) => node.depth !== undefined).map((node) => node.id));
  for (let turn = 0; turn < nodes.length; turn++) {
    let changed = false;
    for (const { source, target } of links) {
      if (!isFixed.has(target) && depths.get(target) <= depths.get(source)) {
        depths.set(target, depths.get(source) + 1);
        changed = true;
      }
    }
    if (!changed) break;
  }
  const counts = new Map();
  for (const depth of depths.values()) counts.set(depth, (counts.get(depth) ?? 0) + 1);
  return { depths, fullest: Math.max(1, ...counts.values()), last: Math.max(0, ...depths.values()) };
}

function sankey(data, width) {
  const names = new Map(data.nodes.map((node) => [node.id, node.name]));
  const { depths, fullest, last } = columns(data);
  const gap = width / Math.max(1, last) - 32;
  // The names of the last two columns share the room between these.
  const room = (depth) => Math.max(30, Math.min(260, depth < last - 1 ? gap : gap / 2 - 6));
  const height = Math.max(220, fullest * 34 + 40);
  const flows = new Map();
  for (const { target, value } of data.links) flows.set(depths.get(target), (flows.get(depths.get(target)) ?? 0) + value);
  // Words on bands thinner than they are would lie on each other; such bands say it by their outline, in the legend and when pointed at.
  const thick = ({ value }) => (value / Math.max(...flows.values())) * height > WORD;
  const said = (link) => [
    `${names.get(link.source)} → ${names.get(link.target)}`,
    [data.words?.[link.status], data.unit ? written(link.value, data.unit) : ""].filter(Boolean).join(" · "),
    link.note,
  ];
  return {
    height,
    option: {
      tooltip: { ...shared().tooltip, formatter: ({ dataType, data: item }) => (dataType === "edge" ? said(item) : [item.text]).filter(Boolean).join("\n") },
      series: {
        type: "sankey",
        left: 4,
        right: 4,
        top: 12,
        bottom: 12,
        nodeGap: 14,
        nodeWidth: 12,
        draggable: false,
        emphasis: { focus: "trajectory" },
        data: data.nodes.map((node) => ({
          name: node.id,
          depth: node.depth,
          address: node.address,
          text: node.name,
          itemStyle: { color: COLORS[depths.get(node.id) % COLORS.length] },
          label: {
            // A function: in a text, braces would mean something.
            formatter: () => node.name,
            position: depths.get(node.id) === last && last > 0 ? "left" : "right",
            width: room(depths.get(node.id)),
            overflow: "truncate",
            textBorderColor: "#ffffff",
            textBorderWidth: 3,
          },
        })),
        links: data.links.map((link) => ({
          ...link,
          lineStyle: { opacity: 1, ...(STATUS[link.status] ?? STATUS.declared) },
          edgeLabel: { show: link.status !== "declared" && thick(link), formatter: data.words?.[link.status] ?? "", color: INK, fontSize: 11 },
        })),
      },
    },
  };
}

function axisTooltip(data) {
  return {
    ...shared().tooltip,
    trigger: "axis",
    axisPointer: { type: "shadow" },
    formatter: (points) => [points[0].name, ...points.map((point) => `${point.seriesName}: ${written(point.value, data.unit)}`)].join("\n"),
  };
}

function bar(data, width) {
  const narrow = width < 600;
  return {
    height: data.categories.length * (16 * data.series.length + 18) + 80,
    option: {
      // Patterns tell series apart on paper; the name of the picture is ours.
      aria: { enabled: true, label: { enabled: false }, decal: { show: data.series.length > 1 } },
      tooltip: axisTooltip(data),
      legend: { show: data.series.length > 1, top: 0, textStyle: { fontFamily: FONT, color: INK } },
      grid: { left: 8, right: 64, top: data.series.length > 1 ? 36 : 8, bottom: 8, containLabel: true },
      xAxis: { type: "value", axisLabel: { formatter: (value) => short(value, data.unit), color: INK, hideOverlap: true }, splitNumber: narrow ? 3 : 5 },
      yAxis: { type: "category", inverse: true, data: data.categories, axisLabel: { width: narrow ? 120 : 280, overflow: "truncate", color: INK } },
      series: data.series.map(({ name, data: values }) => ({
        type: "bar",
        name,
        label: { show: data.series.length === 1, position: "right", formatter: ({ value }) => short(value, data.unit), color: INK },
        data: values.map((value, place) => ({ value, address: data.addresses?.[place] })),
      })),
    },
  };
}

function line(data, width) {
  return {
    height: 340,
    option: {
      tooltip: axisTooltip(data),
      legend: { show: data.series.length > 1, top: 0, textStyle: { fontFamily: FONT, color: INK } },
      grid: { left: 8, right: 24, top: data.series.length > 1 ? 36 : 16, bottom: 8, containLabel: true },
      xAxis: { type: "category", data: data.categories, axisLabel: { color: INK, hideOverlap: true, width: width < 600 ? 60 : 120, overflow: "truncate" } },
      yAxis: { type: "value", axisLabel: { formatter: (value) => short(value, data.unit), color: INK } },
      series: data.series.map(({ name, data: values }, place) => ({
        type: "line",
        name,
        data: values,
        symbol: SYMBOLS[place % SYMBOLS.length],
        symbolSize: 8,
        lineStyle: { type: DASHES[place % DASHES.length], width: 2 },
      })),
    },
  };
}

const KINDS = { sankey, bar, line };

/** Goes to an address of this site, and to no other. */
function go(address) {
  if (!address) return;
  const meant = new URL(address, location.href);
  if (meant.origin === location.origin) location.assign(meant);
}

const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes, namespace) {
  const made = namespace ? document.createElementNS(namespace, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** What the looks of links mean, for those that the chart has. */
function legend({ links, words }) {
  const list = element("ul", { class: "chart-legend" });
  for (const status of Object.keys(STATUS).filter((one) => words?.[one] && links.some((link) => link.status === one))) {
    const { color, borderColor = "none", borderType, borderWidth = 0 } = STATUS[status];
    const dashes = { dashed: "5 3", dotted: "2 2" }[borderType] ?? (borderType ?? []).join(" ");
    const sample = element("svg", { width: 36, height: 14, "aria-hidden": "true" }, SVG);
    const box = { x: 1, y: 1, width: 34, height: 12, fill: color, stroke: borderColor, "stroke-width": borderWidth };
    sample.append(element("rect", { ...box, "stroke-dasharray": dashes }, SVG));
    const item = element("li", {});
    item.append(sample, ` ${words[status]}`);
    list.append(item);
  }
  return list;
}

function draw(figure) {
  const made = KINDS[figure.dataset.chart];
  const source = figure.querySelector('script[type="application/json"]');
  if (!made || !source || figure.querySelector(".chart-drawing")) return;
  const data = JSON.parse(source.textContent);
  const isEmpty = !(data.links ?? data.series ?? []).length;
  if (isEmpty) return;
  const place = element("div", { class: "chart-drawing", role: "img", "aria-label": figure.querySelector("figcaption")?.textContent.trim() ?? "" });
  figure.insertBefore(place, source);
  const size = made(data, place.clientWidth || PRINTED);
  place.style.height = `${size.height}px`;
  const chart = echarts.init(place, null, { renderer: "svg" });
  chart.setOption({ ...shared(), ...size.option });
  chart.on("click", ({ data: item }) => go(item?.address));
  if (figure.dataset.chart === "sankey") figure.insertBefore(legend(data), source);
  const fit = (width) => {
    chart.setOption(made(data, width ?? place.clientWidth).option);
    chart.resize(width ? { width, silent: true } : { width: "auto" });
  };
  let known = place.clientWidth;
  new ResizeObserver(() => {
    if (place.clientWidth && place.clientWidth !== known) fit();
    known = place.clientWidth;
  }).observe(place);
  addEventListener("beforeprint", () => fit(Math.min(place.clientWidth, PRINTED)));
  addEventListener("afterprint", () => fit());
}

for (const figure of document.querySelectorAll("figure.chart")) draw(figure);
