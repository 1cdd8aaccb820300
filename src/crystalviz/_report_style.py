"""The look of report pages: the colours, type and spaces of the Explorer, for reading."""

STYLE = """
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --panel: #ffffff; --line: #e3e6eb; --grid: #eef0f4;
  --text: #14181f; --muted: #5d6675; --accent: #c2328f;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #0a0c10; --panel: #11141a; --line: #1f2530; --grid: #1a2029;
    --text: #e7eaf0; --muted: #8a93a3; --accent: #ff6ec7;
  }
}
* { box-sizing: border-box; }
html { background: var(--page); -webkit-text-size-adjust: 100%; }
body {
  margin: 0; color: var(--text);
  font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  font-variant-numeric: tabular-nums;
}
main, footer { max-width: 1160px; margin: 0 auto; padding: 0 20px; }
main { padding-top: 28px; }
h1 { margin: 0; font-size: 22px; font-weight: 600; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 36px 0 10px; font-size: 15px; font-weight: 600; overflow-wrap: anywhere; }
p { margin: 0 0 10px; max-width: 76ch; white-space: pre-line; overflow-wrap: anywhere; }
.lead { margin: 6px 0 20px; font-size: 15px; color: var(--muted); }
.warning { padding: 8px 14px; border-left: 3px solid var(--accent); background: var(--panel); }
.facts {
  display: flex; flex-wrap: wrap; gap: 1px; margin: 0 0 14px; overflow: hidden;
  border: 1px solid var(--line); border-radius: 10px; background: var(--line);
}
.facts div { flex: 1 1 130px; padding: 10px 14px; background: var(--panel); }
.facts dt { font-size: 12px; color: var(--muted); }
.facts dd { margin: 0; font-size: 18px; font-weight: 600; overflow-wrap: anywhere; }
.wide {
  width: fit-content; max-width: 100%; margin: 0 0 14px; overflow-x: auto;
  border: 1px solid var(--line); border-radius: 10px; background: var(--panel);
}
.wide:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
pre { margin: 0; padding: 10px 14px; font: 12px/1.5 ui-monospace, Menlo, Consolas, monospace; }
table { width: max-content; border-collapse: collapse; font-size: 13px; }
caption {
  padding: 9px 14px; border-bottom: 1px solid var(--line);
  text-align: left; font-size: 12px; color: var(--muted);
}
th, td { padding: 6px 14px; text-align: left; vertical-align: top; }
th { font-size: 12px; font-weight: 600; color: var(--muted); white-space: nowrap; }
td { max-width: 46ch; overflow-wrap: break-word; }
tbody tr { border-top: 1px solid var(--grid); }
.number { text-align: right; white-space: nowrap; }
figure { margin: 0 0 14px; }
figcaption { font-size: 12px; color: var(--muted); overflow-wrap: anywhere; }
.figures {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 553px));
  align-items: start; gap: 14px; margin-bottom: 14px;
}
.figures figure {
  min-width: 0; margin: 0; overflow: hidden;
  border: 1px solid var(--line); border-radius: 10px; background: var(--panel);
}
.figures picture { display: block; padding: 8px; }
.figures .paper picture { background: #ffffff; }
.figures img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
.figures figcaption { padding: 9px 14px; border-top: 1px solid var(--line); }
.gallery { padding-bottom: 4px; border-bottom: 1px solid var(--line); break-inside: avoid; }
.gallery ul {
  display: flex; flex-wrap: wrap; gap: 10px; margin: 8px 0; padding: 0; list-style: none;
}
.gallery li { width: 128px; }
.gallery img {
  display: block; width: auto; height: auto; max-width: 128px; max-height: 128px;
  border-radius: 6px; background: #000000;
}
.gallery span {
  display: block; margin-top: 4px; font-size: 12px; line-height: 1.35;
  white-space: pre-line; overflow-wrap: anywhere;
}
footer { padding-top: 28px; padding-bottom: 28px; font-size: 12px; color: var(--muted); }
@media (max-width: 640px) {
  main, footer { padding-left: 12px; padding-right: 12px; }
  .gallery li { width: calc(50% - 5px); }
  .gallery img { max-width: 100%; }
}
@media print {
  :root { --page: #ffffff; }
  main, footer { max-width: none; padding: 0; }
  h2, caption { break-after: avoid; }
  .figures figure, .facts, tr { break-inside: avoid; }
  .wide { overflow: visible; }
  table { width: auto; font-size: 11px; }
  th, td { padding: 3px 6px; }
  th, .number { white-space: normal; }
}
"""
