/**
 * The style of a report: for a desk, a phone, the dark and paper.
 */

/** The style sheet. */
export const REPORT_STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fbfbf9; --card: #fff; --ink: #1b2430; --soft: #5b6675; --line: #dfe2e6; --accent: #0b5c92;
  --s0: #0072b2; --s1: #d0480a; --s2: #00785a; --s3: #a3567f; --s4: #9a6b00; --s5: #2b7fb0; --s6: #3d3d3d;
  --s7: #b00060;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #11161c; --card: #181f27; --ink: #e8ecf1; --soft: #9aa7b5; --line: #2c3641; --accent: #6cb8ea;
    --s0: #56b4e9; --s1: #ff8a4c; --s2: #2fc39a; --s3: #e59ac4; --s4: #e6b23c; --s5: #9ad0f5; --s6: #d6d6d6;
    --s7: #ff6fae;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 1.6rem clamp(0.9rem, 4vw, 2.5rem) 3rem; }
h1 { margin: 0 0 0.2rem; font-size: clamp(1.6rem, 4.4vw, 2.3rem); line-height: 1.2; letter-spacing: -0.015em; }
h2 { margin: 0 0 0.3rem; font-size: 1.25rem; }
p { max-width: 46rem; margin: 0 0 0.8rem; }
.lead, figcaption { color: var(--soft); }
section { margin-top: 2.6rem; }
nav ul, .legend { display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; margin: 0 0 0.8rem; padding: 0;
  list-style: none; }
a { color: var(--accent); }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: 0.8rem; }
figure { margin: 0; padding: 0.8rem 0.7rem 0.4rem; border: 1px solid var(--line); border-radius: 0.7rem;
  background: var(--card); }
figure svg { display: block; width: 100%; max-width: 34rem; height: auto; overflow: visible; }
svg .title { font-size: 13px; font-weight: 600; fill: currentColor; }
.legend svg { width: 0.85rem; height: 0.85rem; margin-right: 0.4rem; vertical-align: -1px; }
details { margin-top: 0.8rem; }
summary { color: var(--soft); cursor: pointer; }
.scroll { overflow-x: auto; margin-top: 0.4rem; }
table { border-collapse: collapse; font-size: 0.88rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.25rem 1rem 0.25rem 0; border-bottom: 1px solid var(--line); text-align: right;
  white-space: nowrap; }
thead th { color: var(--soft); font-weight: 400; white-space: normal; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; font-weight: 400; }
pre { margin: 0 0 1rem; padding: 0.8rem 0.9rem; border: 1px solid var(--line); border-radius: 0.6rem;
  background: var(--card); white-space: pre-wrap; overflow-wrap: anywhere; }
pre span { display: inline-block; }
code, pre { font: 0.86rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); gap: 0.5rem 1.4rem; }
dt { color: var(--soft); font-size: 0.82rem; }
dd { margin: 0; overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
@media print {
  :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --accent: #000; color-scheme: light;
    --s0: #0072b2; --s1: #d0480a; --s2: #00785a; --s3: #a3567f; --s4: #9a6b00; --s5: #2b7fb0; --s6: #3d3d3d;
    --s7: #b00060; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  .charts { grid-template-columns: 1fr 1fr; }
  figure { break-inside: avoid; }
  h2, summary { break-after: avoid; }
  .scroll { overflow: visible; }
  table { font-size: 8pt; }
  th, td { padding-right: 0.5rem; white-space: normal; }
  details::details-content { content-visibility: visible; height: auto; }
  * { print-color-adjust: exact; }
}
`;
