// The style sheet of reports and of the local page. Colours come from theme.ts by name; nothing is loaded from anywhere.
import { DARK, declarations, LIGHT } from "./theme.ts";

const COLOURS = `
:root{color-scheme:light;${declarations(LIGHT)}}
@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;${declarations(DARK)}}}
@media screen{:root[data-theme=dark]{color-scheme:dark;${declarations(DARK)}}}
`;

const BASE = `
*{box-sizing:border-box}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
code,.mono{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.92em}
a{color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
h1{font-size:1.65rem;line-height:1.2;margin:0;letter-spacing:-.01em}
h2{font-size:1.2rem;margin:0 0 .8rem;letter-spacing:-.005em}
h3{font-size:1rem;margin:0 0 .4rem}
p{margin:.4rem 0}
button,select,input{font:inherit;color:var(--text);background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.25rem .6rem}
button{cursor:pointer}
button:hover,select:hover{border-color:var(--accent)}
button[aria-pressed=true]{background:var(--accent);border-color:var(--accent);color:var(--card)}
.muted{color:var(--muted)}
.small{font-size:.86rem}
.skip{position:absolute;left:-999px}
.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.4rem .8rem;z-index:9}
.visually-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.wrap{max-width:1240px;margin:0 auto;padding:1.2rem 1.4rem 4rem}
header.top{display:flex;gap:1rem;align-items:flex-start;justify-content:space-between;margin-bottom:1rem;flex-wrap:wrap}
nav.contents{display:flex;gap:.2rem 1rem;flex-wrap:wrap;margin:0 0 1rem;padding:.5rem 0;border-block:1px solid var(--line);position:sticky;top:0;background:var(--page);z-index:5;font-size:.9rem}
nav.contents a{text-decoration:none;padding:.1rem 0}
nav.contents a:hover{text-decoration:underline}
section.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1.2rem 1.3rem;margin:0 0 1.1rem;scroll-margin-top:3.2rem}
.badge{display:inline-flex;align-items:center;gap:.35em;border-radius:999px;padding:.1rem .7rem;font-weight:600;font-size:.86rem;border:1.5px solid currentColor;white-space:nowrap}
.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(158px,1fr));gap:.7rem;margin:1rem 0 0;padding:0}
.tile{background:var(--inset);border-radius:9px;padding:.6rem .8rem;min-width:0}
.tile dt{color:var(--muted);font-size:.82rem;line-height:1.25}
.tile dd{margin:.15rem 0 0;font-size:1.1rem;line-height:1.35;font-weight:600;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.tile dd span{white-space:nowrap}
details>summary{cursor:pointer;color:var(--accent);font-size:.88rem;width:fit-content}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;font-size:.88rem;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--muted);font-size:.86rem;padding-bottom:.3rem}
th,td{text-align:left;padding:.28rem .7rem .28rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;white-space:nowrap}
tbody th{font-weight:500;white-space:normal}
.scroll+.scroll{margin-top:1.2rem}
td.n,th.n{text-align:right;white-space:nowrap}
td:last-child,th:last-child{padding-right:0}
.theme{display:inline-flex;gap:0}
.theme button{border-radius:0;margin-left:-1px;padding:.15rem .6rem;font-size:.84rem}
.theme button:first-child{border-radius:6px 0 0 6px;margin-left:0}.theme button:last-child{border-radius:0 6px 6px 0}
`;

const CHARTS = `
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,470px),1fr));gap:1.3rem 1.6rem}
figure{margin:0;min-width:0}
figcaption{display:flex;flex-wrap:wrap;gap:.1rem 1rem;align-items:baseline;margin-bottom:.25rem}
figcaption h3{margin:0}
.unit{font-weight:400;color:var(--muted);font-size:.84rem}
.legend{display:flex;flex-wrap:wrap;gap:.05rem .9rem;font-size:.84rem;color:var(--muted);list-style:none;margin:0;padding:0}
.legend li{display:inline-flex;align-items:center;gap:.35em}
.legend svg{width:16px;height:8px;flex:none}
.legend b{color:var(--text);font-weight:600;font-variant-numeric:tabular-nums}
.plot{display:grid;grid-template-columns:3.4rem minmax(0,1fr)}
.plot svg{display:block;width:100%;overflow:visible}
.plot .y{grid-column:1}.plot .x{grid-column:2;cursor:crosshair}
svg text{fill:var(--muted);font-size:11px;font-family:inherit}
.grid{stroke:var(--line);stroke-width:1;shape-rendering:crispEdges}
.band{fill:var(--band);opacity:.14}
.band-edge{stroke:var(--band);stroke-width:1;stroke-dasharray:3 3;opacity:.75}
.cursor{stroke:var(--text);stroke-width:1;opacity:.6;visibility:hidden}
.line{fill:none;stroke-width:1.7;vector-effect:non-scaling-stroke;stroke-linejoin:round;stroke-linecap:round}
.s1{stroke:var(--s1)}.s2{stroke:var(--s2)}.s3{stroke:var(--s3)}.s4{stroke:var(--s4)}.s5{stroke:var(--s5)}.s6{stroke:var(--s6)}
.f1{fill:var(--s1)}.f2{fill:var(--s2)}.f3{fill:var(--s3)}.f4{fill:var(--s4)}.f5{fill:var(--s5)}.f6{fill:var(--s6)}
.dash{stroke-dasharray:6 4}
.area{opacity:.22}
.fault{fill:var(--band)}.action{fill:var(--s6)}.nobody{fill:var(--bad)}.mixed{fill:var(--s4)}
.within{fill:var(--line)}.reach{stroke-width:2.5}.good .reach,.good .at{stroke:var(--good)}.bad .reach,.bad .at{stroke:var(--bad)}.warn .reach,.warn .at{stroke:var(--warn)}.at{stroke-width:6;stroke-linecap:round}
.lanes{display:grid;grid-template-columns:minmax(6rem,13rem) minmax(0,1fr);gap:0 .6rem;margin:.2rem 0 .5rem}
.lanes ul{list-style:none;margin:0;padding:0;font-size:.84rem}
.lanes li{height:26px;line-height:26px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.lanes>svg{display:block;width:100%;overflow:visible}
svg text.in{fill:var(--card);font-weight:600}
.multiples{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,240px),1fr));gap:.4rem 1.1rem;margin-bottom:1rem}
.small-plot{grid-template-columns:2.8rem minmax(0,1fr)}
.distribution svg{display:block;width:100%;overflow:visible}
.distribution h3{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.92rem}
.distribution figcaption{display:block;min-height:3.2rem}
.rows{display:grid;grid-template-columns:minmax(4rem,9rem) minmax(0,1fr);gap:0 .7rem}
.rows ul{list-style:none;margin:0;padding:0;font-size:.82rem}
.rows li{height:44px;display:flex;flex-direction:column;justify-content:center;overflow:hidden;white-space:nowrap;text-overflow:ellipsis;line-height:1.25}
.bin{opacity:.8}
.interval{stroke:var(--text);stroke-width:2.5}
.median{stroke:var(--text);stroke-width:1.2}
svg text.mean{fill:var(--text);font-size:11px}
.data-table{border-bottom:1px solid var(--line);padding:.35rem 0}
.data-table>summary{font-size:.95rem;font-weight:600}
.data-table>summary span{font-weight:400;font-size:.86rem}
.data-table td{white-space:nowrap;max-width:30rem;overflow:hidden;text-overflow:ellipsis}
.data-table .scroll{max-height:72vh;overflow:auto}
.data-table thead th{position:sticky;top:0;background:var(--card);box-shadow:0 1px var(--line)}
.data-table tbody tr:hover{background:var(--inset)}
.data-table .controls{margin:.6rem 0 .4rem}
input[type=search]{width:min(100%,24rem)}
.time-cursor[type=range]{width:min(60vw,22rem);padding:0;accent-color:var(--accent)}
button.head{border:0;background:none;padding:0;font-weight:600}
button.head:hover{text-decoration:underline}
button:disabled{opacity:.5;cursor:default}
dl.list{margin:0}
dl.list dt{font-weight:600;margin-top:.6rem}
dl.list dd{margin:0;color:var(--muted)}
td code{overflow-wrap:anywhere}
.print-only{display:none}
.hollow{fill:var(--inset)}
`;

const MAP = `
.map{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr));gap:1rem 1.4rem}
.zone h3{display:flex;justify-content:space-between;gap:.6rem;flex-wrap:wrap}
.zone h3 span{font-weight:400;color:var(--muted);font-size:.86rem}
.zone svg{display:block;width:100%;height:auto}
.cells path{stroke:none}
${LIGHT.heat.map((_, i) => `.h${i}{fill:var(--h${i})}`).join("")}
.down{fill:var(--bad)}
.gone{fill:none;stroke:var(--muted)!important;stroke-width:.08}
.cordoned{fill:none;stroke:var(--warn)!important;stroke-width:.12}
.picked{fill:none;stroke:var(--text);stroke-width:.16}
.scale{display:flex;align-items:center;gap:.5rem;flex-wrap:wrap;margin:.7rem 0 0;font-size:.84rem;color:var(--muted)}
.scale svg{height:12px;width:auto;flex:none}
.controls{display:flex;flex-wrap:wrap;gap:.5rem .9rem;align-items:center;margin:0 0 .8rem}
.controls label{display:inline-flex;gap:.4rem;align-items:center;font-size:.88rem;color:var(--muted)}
`;

const MEDIA = `
@media (max-width:640px){
.wrap{padding:.8rem .7rem 3rem}
section.card{padding:.9rem .8rem;border-radius:9px}
h1{font-size:1.3rem}
nav.contents{flex-wrap:nowrap;overflow-x:auto;white-space:nowrap}
.plot{grid-template-columns:2.5rem minmax(0,1fr)}
.odd{display:none}
.lanes{grid-template-columns:6rem minmax(0,1fr)}
.rows{grid-template-columns:5rem minmax(0,1fr)}
.tiles{grid-template-columns:repeat(2,minmax(0,1fr));gap:.5rem}
}
@media print{
body{background:#fff;font-size:10.5pt}
.wrap{max-width:none;padding:0}
nav.contents,.theme,.controls,.skip,.pager,details:not([open]),#tables:not(:has(details[open])){display:none}
.print-only{display:block}
section.card{border:0;border-top:1px solid var(--line);border-radius:0;padding:.8rem 0;break-inside:auto}
figure,.tile,.zone,tr{break-inside:avoid}
.data-table .scroll{max-height:none}
h2,h3{break-after:avoid}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
`;

/** Everything that is needed to draw a page of ours. */
export const STYLE: string = [COLOURS, BASE, CHARTS, MAP, MEDIA].join("").trim();
