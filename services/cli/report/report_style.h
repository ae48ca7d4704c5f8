#pragma once

#include <string_view>

// The look of report.html: readable on paper, on a narrow screen, light and dark. Colours of a
// series are told apart with any colour vision.
namespace yilian::cli {

inline constexpr std::string_view kReportStyle = R"css(
:root { color-scheme: light dark; --ink: #1b2530; --soft: #566472; --line: #dbe1e8; --paper: #fff;
  --card: #f5f7fa; --a: #1f6fb4; --b: #d1602a; --c: #2a8f6f; --d: #6c7683; --bad: #b3261e;
  --good: #1b7f4b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ecf1; --soft: #9dabb9; --line: #36424e;
  --paper: #12181e; --card: #1a222a; --a: #64aee8; --b: #f19a68; --c: #5cc7a2; --d: #aab4bf;
  --bad: #ff8a80; --good: #6fd39b; } }
* { box-sizing: border-box; }
body { font: 15px/1.55 system-ui, "Noto Sans CJK SC", "PingFang SC", sans-serif; color: var(--ink);
  background: var(--paper); max-width: 66rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem; margin: .2rem 0; } h2 { font-size: 1.3rem; margin: 2.6rem 0 .4rem;
  border-top: 2px solid var(--line); padding-top: 1.2rem; }
h3 { font-size: 1.05rem; margin: 1.8rem 0 .3rem; }
p.note { color: var(--soft); margin: .2rem 0 .8rem; }
nav a { margin-right: 1rem; } a { color: var(--a); }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr)); gap: .7rem;
  margin: 1rem 0; }
.tile { background: var(--card); border-radius: 8px; padding: .7rem .9rem; }
.tile b { display: block; font-size: clamp(1rem, 4vw, 1.25rem); overflow-wrap: anywhere;
  font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: .85rem; }
.state { font-weight: 600; } .state.good { color: var(--good); } .state.bad { color: var(--bad); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .4rem 0 1.2rem; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: left;
  white-space: nowrap; }
thead th { color: var(--soft); font-weight: 600; white-space: normal; vertical-align: bottom; } tfoot td, tfoot th { font-weight: 600; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
td.hash { font: 12px/1.4 ui-monospace, monospace; }
.ranking { margin: .8rem 0 1.4rem; font-size: .85rem; } .ranking div { display: flex;
  gap: .7rem; align-items: center; margin: .15rem 0; }
figcaption { font-size: .95rem; font-weight: 600; margin-bottom: .4rem; }
.ranking .name { flex: 0 0 clamp(5.5rem, 20vw, 8rem); text-align: right; color: var(--soft); white-space: nowrap;
  overflow: hidden; text-overflow: ellipsis; }
.track { flex: 1; display: flex; gap: .5rem; align-items: center; white-space: nowrap; }
.bar { height: .95rem; border-radius: 3px; flex: none; }
svg { width: 100%; min-width: 38rem; height: auto; margin: .6rem 0; display: block; }
.grid { stroke: var(--line); } .tick { font-size: 12px; fill: var(--soft); }
.value, .end { font-size: 12px; fill: var(--ink); }
.title { font-size: 14px; font-weight: 600; fill: var(--ink); }
.a { fill: var(--a); } .b { fill: var(--b); } .c { fill: var(--c); } .d { fill: var(--d); }
.a.bar { background: var(--a); } .c.bar { background: var(--c); }
.line { fill: none; stroke-width: 2; }
.a.line { stroke: var(--a); } .b.line { stroke: var(--b); } .c.line { stroke: var(--c); }
.d.line { stroke: var(--d); stroke-dasharray: 6 5; }
@media print { body { max-width: none; } h2 { break-before: page; } svg { min-width: 0; } }
)css";

}  // namespace yilian::cli
