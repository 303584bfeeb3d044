/**
 * The closed vocabulary of nginx configs: a tree of directives, and the only code that knows how a word is quoted.
 * Text written in this repository goes into the static part of a template; anything else is an interpolation, and an
 * interpolated string stands for itself or is refused. So no value can add a word, a directive or a variable.
 */

/** A directive, a block, a comment or an empty line. */
export type Node =
  | { readonly kind: 'directive'; readonly words: readonly string[]; readonly body?: Nodes }
  | { readonly kind: 'comment'; readonly text: string }
  | { readonly kind: 'gap' };

/** Nodes as a function happens to group them; the printer does not mind. */
export type Nodes = Node | Nodes[];

/** Text for one word that has been composed by {@link text} or {@link regex}: variables in it are meant. */
export interface Word {
  readonly composed: string;
}

type Value = string | number | Word;

/** A value that cannot be written into a config. */
export class NginxSyntaxError extends Error {
  readonly code = 'InvalidNginxValue';

  constructor(problem: string, value: string) {
    super(`nginx config: ${problem}: ${JSON.stringify(value.slice(0, 80))}`);
    this.name = 'NginxSyntaxError';
  }
}

/** A directive: words are separated by the white space of the static parts. */
export function line(parts: TemplateStringsArray, ...values: Value[]): Node {
  return { kind: 'directive', words: wordsOf(parts, values) };
}

/** A block directive: its words as in {@link line}, then its body. */
export function block(parts: TemplateStringsArray, ...values: Value[]): (...body: Nodes[]) => Node {
  const words = wordsOf(parts, values);
  return (...body) => ({ kind: 'directive', words, body });
}

/** An `if` block. */
export function when(variable: `$${string}`, operator: '=' | '!=' | '!~' | '~*', value: Word, ...body: Nodes[]): Node {
  return block`if ${{ composed: `(${variable}` }} ${operator} ${value} ${{ composed: ')' }}`(...body);
}

/** An `if` block for when there is a file. */
export function whenFile(file: string, ...body: Nodes[]): Node {
  return block`if ${{ composed: '(-f' }} ${file} ${{ composed: ')' }}`(...body);
}

/** Comment lines that say why the next directive is there. */
export function why(...lines: string[]): Nodes {
  return lines.map((text) => ({ kind: 'comment', text: literal(text, /[\p{Cc}]/u) }));
}

/** An empty line. */
export const gap: Node = { kind: 'gap' };

/** One word from static text (white space, variables and `\n` allowed) and interpolated values. */
export function text(parts: TemplateStringsArray, ...values: Value[]): Word {
  return { composed: compose(parts.raw.map(unescapeNewlines), values, plain) };
}

/** One word that is a regular expression. Interpolated strings match themselves, a list matches any of its strings. */
export function regex(parts: TemplateStringsArray, ...values: (Value | string[])[]): Word {
  const words = values.map((value) => (Array.isArray(value) ? { composed: value.map(regexLiteral).join('|') } : value));
  return { composed: compose(parts.raw, words, regexLiteral) };
}

/** A pattern of this repository as a word. */
export function pattern(source: string): Word {
  return { composed: source };
}

/** A key of a `map` block that stands for itself, even when it is called `default` or `include`. */
export function mapKey(value: string): Word {
  const key = plain(value);
  return { composed: /^(?:default|hostnames|include|volatile)$|^[~\\]/.test(key) ? `\\${key}` : key };
}

/** A part of a variable's name that stands for a name of letters, digits and hyphens. As nginx does it with names of headers. */
export function variable(name: string): string {
  const part = name.toLowerCase().replaceAll('-', '_');
  return literal(part, /[^a-z0-9_]/);
}

/** The config as text, four spaces a level. */
export function print(nodes: Nodes, indent = ''): string {
  return Array.isArray(nodes) ? nodes.map((node) => print(node, indent)).join('') : printNode(nodes, indent);
}

function printNode(node: Node, indent: string): string {
  if (node.kind === 'gap') return '\n';
  if (node.kind === 'comment') return `${indent}# ${node.text}\n`;
  const words = indent + node.words.map(quote).join(' ').replace(/ \)$/, ')');
  if (node.body === undefined) return `${words};\n`;
  return `${words} {\n${print(node.body, `${indent}    `)}${indent}}\n`;
}

function wordsOf(parts: TemplateStringsArray, values: Value[]): string[] {
  const words: string[] = [];
  let glued = false;
  piecesOf(parts).forEach((pieces, index) => {
    pieces.forEach((piece, at) => {
      if (at > 0) glued = false;
      if (piece !== '') glued = append(words, piece, glued);
    });
    const value = values[index];
    if (value !== undefined) glued = append(words, written(value, plain), glued);
  });
  return words;
}

const known = new WeakMap<TemplateStringsArray, string[][]>();

/** The static parts of a template, split where words end. A template is the same array each time: it is split once. */
function piecesOf(parts: TemplateStringsArray): string[][] {
  let pieces = known.get(parts);
  if (!pieces) known.set(parts, (pieces = parts.raw.map((part) => part.split(/\s+/))));
  return pieces;
}

function append(words: string[], piece: string, glued: boolean): true {
  if (glued) words.push((words.pop() ?? '') + piece);
  else words.push(piece);
  return true;
}

function compose(parts: readonly string[], values: Value[], escape: (value: string) => string): string {
  return parts.map((part, index) => part + written(values[index] ?? '', escape)).join('');
}

function written(value: Value, escape: (value: string) => string): string {
  if (typeof value === 'string') return escape(value);
  if (typeof value === 'number') return String(value);
  return value.composed;
}

/** nginx has no escape for `$`, so a string with one cannot be written as itself. */
function plain(value: string): string {
  return literal(value, /[^\x20-\x7e]|[$"'\\]/);
}

function regexLiteral(value: string): string {
  return literal(value, /[^\x20-\x7e]|["'\\]/).replace(/[.*+?^${}()|[\]]/g, '\\$&');
}

function literal(value: string, refused: RegExp): string {
  if (refused.test(value)) throw new NginxSyntaxError('a value holds a character that is refused', value);
  return value;
}

function unescapeNewlines(part: string): string {
  return part.replaceAll('\\n', '\n');
}

/** nginx reads a word into a buffer of 4096 bytes. */
const longestWord = 4000;

function quote(word: string): string {
  if (word.length > longestWord) throw new NginxSyntaxError('a word is too long', word);
  if (/^(?:[\w$./:=*+~^@!-]+|\((?:\$\w+|-f)|\))$/.test(word)) return word;
  const mark = word.includes('"') && !word.includes("'") ? "'" : '"';
  // A backslash keeps its meaning, except before the characters that nginx unescapes in a quoted word.
  const escaped = word
    .replace(/\\(?=["'\\tnr\n]|$)/g, '\\\\')
    .replaceAll(mark, `\\${mark}`)
    .replaceAll('\n', '\\n');
  return mark + escaped + mark;
}
