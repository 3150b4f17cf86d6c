// Colours of reports and pages as data, light and dark: the style sheet is made from them, and a test computes their contrast.

export interface Theme {
  readonly page: string;
  readonly card: string;
  readonly inset: string;
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly accent: string;
  readonly good: string;
  readonly bad: string;
  readonly warn: string;
  /** Background of a fault's band. */
  readonly band: string;
  /** Lines of charts, told apart also by those who see no red or no green (after Okabe and Ito). */
  readonly series: readonly string[];
  /** Utilisation of a node: 0 %, …, 100 % and more. */
  readonly heat: readonly string[];
}

export const LIGHT: Theme = {
  page: "#f4f6f9",
  card: "#ffffff",
  inset: "#eef1f5",
  text: "#1a1f29",
  muted: "#566070",
  line: "#d8dde5",
  accent: "#1d5bc4",
  good: "#17703a",
  bad: "#b9222c",
  warn: "#835500",
  band: "#d9480f",
  series: ["#1f66c9", "#c4520a", "#0c8065", "#8a46c4", "#b01f68", "#5f6b7a"],
  heat: [
    "#e3ebf5",
    "#d0e0f2",
    "#b9d3ee",
    "#9dc2e8",
    "#7eafe0",
    "#5f9ad6",
    "#4383c9",
    "#2d6cb8",
    "#1e56a0",
    "#154284",
    "#0e3068",
  ],
};

export const DARK: Theme = {
  page: "#0e1218",
  card: "#161b23",
  inset: "#1f2630",
  text: "#e7ebf1",
  muted: "#9da9b8",
  line: "#2e3642",
  accent: "#82b1ff",
  good: "#56c777",
  bad: "#ff8078",
  warn: "#e2b340",
  band: "#ff8a4c",
  series: ["#6aa6ff", "#ff9a57", "#3fc7a4", "#c08cf2", "#f279b2", "#a3aebd"],
  heat: [
    "#222c3a",
    "#24344a",
    "#263d5c",
    "#28486f",
    "#2b5585",
    "#31649b",
    "#3a75b1",
    "#4a89c6",
    "#629fd9",
    "#84b8ea",
    "#aed3f8",
  ],
};

/** The custom properties of a theme, as declarations. */
export function declarations(theme: Theme): string {
  const { series, heat, ...named } = theme;
  const list = [
    ...Object.entries(named).map(([name, colour]) => `--${name}:${colour}`),
    ...series.map((colour, i) => `--s${i + 1}:${colour}`),
    ...heat.map((colour, i) => `--h${i}:${colour}`),
  ];
  return `${list.join(";")};`;
}
