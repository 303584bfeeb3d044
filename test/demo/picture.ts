/**
 * Draws a terminal session as SVG: `node test/demo/picture.ts "npm run demo" < transcript > docs/demo.svg`. The transcript is
 * what the command really printed (npm run picture makes both); only the frame is ours.
 */
import { readFileSync } from 'node:fs';

const FONT = { size: 13, width: 7.83, height: 19 };
const MARGIN = 18;
const TITLE = 34;
const COLORS = {
  background: '#161b22',
  frame: '#21262d',
  text: '#c9d1d9',
  prompt: '#7ee787',
  good: '#7ee787',
  wait: '#e3b341',
  bad: '#ff7b72',
};

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function colorOf(line: string): string {
  if (line.startsWith('$ ') || line.startsWith('demo: ok')) return COLORS.prompt;
  if (line.startsWith('demo: failed')) return COLORS.bad;
  if (/^\s*[\d.]+s {2}✓/.test(line)) return COLORS.good;
  return /^\s*[\d.]+s {2}[…?]/.test(line) ? COLORS.wait : COLORS.text;
}

/** Long lines are folded as a terminal of this many columns does. */
const fold = (line: string, columns: number): string[] =>
  line.length <= columns ? [line] : [line.slice(0, columns), ...fold(`      ${line.slice(columns)}`, columns)];

/** An SVG of the session: `command` after a prompt, then what it printed. */
export function picture(command: string, transcript: string, columns = 132): string {
  const lines = [`$ ${command}`, ...transcript.trimEnd().split('\n')].flatMap((line) => {
    const fill = colorOf(line);
    return fold(line.trimEnd(), columns).map((text) => ({ text, fill }));
  });
  const width = Math.ceil(columns * FONT.width + 2 * MARGIN);
  const height = TITLE + lines.length * FONT.height + MARGIN;
  const rows = lines.map(
    ({ text, fill }, index) =>
      `<text x="${MARGIN}" y="${TITLE + (index + 1) * FONT.height - 4}" fill="${fill}" xml:space="preserve">${escape(text)}</text>`,
  );
  const lights = ['#ff5f56', '#ffbd2e', '#27c93f'].map(
    (fill, index) => `<circle cx="${MARGIN + 4 + index * 18}" cy="${TITLE / 2}" r="5.5" fill="${fill}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(command)}">`,
    `<rect width="${width}" height="${height}" rx="8" fill="${COLORS.background}"/><rect width="${width}" height="${TITLE}" rx="8" fill="${COLORS.frame}"/>`,
    ...lights,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT.size}">`,
    ...rows,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

process.stdout.write(picture(process.argv[2] ?? '', readFileSync(0, 'utf8')));
