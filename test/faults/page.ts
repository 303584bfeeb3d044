import type { CampaignReport, Report } from './report.ts';
import { duration, lastLine } from './report.ts';

const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --good: #18794e; --bad: #cd2b31; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; font-weight: 600; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.good { color: var(--good); } .bad { color: var(--bad); font-weight: 600; }
.quiet { opacity: .7; } code { font-size: .9em; } li { margin: .2rem 0; }
`;

/** The report as one page that needs nothing else, and holds what a person asks first: did it hold, and if not, where. */
export function page(report: Report): string {
  const { ok, machine, versions, seed, sample, version } = report;
  const programs = Object.entries(versions).map(([name, value]) => `${name} ${value}`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Fault campaigns</title><style>${STYLE}</style></head><body>
<h1>Fault campaigns against the operator</h1>
<p class="${ok ? 'good' : 'bad'}">${escape(lastLine(report))}</p>
<p class="quiet">${escape([machine, ...programs, `seed ${String(seed)}`, ...(sample ? ['sample'] : []), `sources ${version}`].join(' · '))}</p>
${campaignTable(report.campaigns)}
${report.campaigns.map(failureList).join('')}
${report.mutants ? mutantTable(report.mutants) : ''}
${figureTable(report.campaigns)}
</body></html>
`;
}

type Cell = string | number | { readonly bad: number };

function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const heads = head.map((title) => `<th>${escape(title)}</th>`).join('');
  return `<table><thead><tr>${heads}</tr></thead><tbody>
${rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n')}
</tbody></table>`;
}

function cell(content: Cell): string {
  if (typeof content === 'string') return `<td>${content}</td>`;
  if (typeof content === 'number') return `<td class="number">${String(content)}</td>`;
  return `<td class="number${content.bad > 0 ? ' bad' : ''}">${String(content.bad)}</td>`;
}

const code = (text: string) => `<code>${escape(text)}</code>`;

const campaignTable = (campaigns: readonly CampaignReport[]): string =>
  table(
    [
      'Campaign',
      'What it shows',
      'Plans',
      'Converged',
      'Stuck',
      'Missed',
      'Not run',
      'Violations',
      'Wall',
      'p50',
      'p99',
    ],
    campaigns.map(({ name, title, planned, converged, stuck, missed, violations, wallMs, planMs }) => [
      code(name),
      escape(title),
      planned,
      converged,
      { bad: stuck },
      missed,
      { bad: planned - converged - stuck - missed },
      { bad: violations },
      duration(wallMs),
      duration(planMs.p50),
      duration(planMs.p99),
    ]),
  );

function failureList({ name, failures, problems, missedPlans }: CampaignReport): string {
  const items = [
    ...problems.map((what) => `<li class="bad">${escape(what)}</li>`),
    ...failures.map(({ id, problems, violations = [] }) => {
      const reasons = [...problems, ...violations].map((what) => `<li>${escape(what)}</li>`).join('');
      return `<li>${code(id)}<ul>${reasons}</ul></li>`;
    }),
    ...(missedPlans.length > 0
      ? [
          `<li class="quiet"><details><summary>${String(missedPlans.length)} missed their moment and are not counted</summary>
<ul>${missedPlans.map((id) => `<li>${code(id)}</li>`).join('')}</ul></details></li>`,
        ]
      : []),
  ];
  return items.length > 0 ? `<h2>${escape(name)}</h2><ul>${items.join('\n')}</ul>\n` : '';
}

const mutantTable = (mutants: NonNullable<Report['mutants']>): string =>
  `<h2>Planted bugs</h2>${table(
    ['Mutant', 'The bug', 'Killed by', 'What it said', 'Plans', 'Time'],
    mutants.map(({ name, bug, killedBy, plans = 0, ms = 0 }) => [
      code(name),
      escape(bug),
      killedBy ? code(killedBy.plan) : '<span class="bad">nothing</span>',
      escape(killedBy?.problems[0] ?? ''),
      plans,
      duration(ms),
    ]),
  )}`;

function figureTable(campaigns: readonly CampaignReport[]): string {
  const rows = campaigns.flatMap(({ name, figures }) =>
    figures.map((each): Cell[] => [
      code(name),
      escape(each.name),
      ...[each.count, each.min, each.median, each.max, each.sum].map((value) => Math.round(value * 100) / 100),
    ]),
  );
  if (rows.length === 0) return '';
  return `<h2>Figures</h2>${table(['Campaign', 'Figure', 'Plans', 'Least', 'Median', 'Most', 'Sum'], rows)}`;
}
