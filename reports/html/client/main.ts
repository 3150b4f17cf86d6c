// The script of a report. Everything that matters stands in the page without it: it adds the cursor, tables of charts, sorting and themes.
import { maps } from "./maps.ts";
import { runs } from "./runs.ts";
import { tables } from "./tables.ts";
import { themeSwitch } from "./theme.ts";
import { timeCharts } from "./time-charts.ts";

themeSwitch(document.documentElement);
timeCharts();
maps();
runs();
tables();
