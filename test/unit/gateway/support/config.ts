/** A directive of an nginx config as nginx reads it: words without their quotes, and a body if it has one. */
export interface Directive {
  readonly words: readonly string[];
  readonly body?: readonly Directive[];
}

type Token = { readonly word: string } | { readonly mark: '{' | '}' | ';' };

/** Reads a config by the rules of nginx (ngx_conf_read_token), on its own: it shares nothing with the printer. */
export function parseConfig(config: string): Directive[] {
  const tokens = tokenize(config);
  let at = 0;
  const readBlock = (nested: boolean): Directive[] => {
    const directives: Directive[] = [];
    let words: string[] = [];
    for (;;) {
      const token = tokens[at++];
      if (token === undefined) {
        if (nested || words.length > 0) throw new Error('the config ends in the middle');
        return directives;
      }
      if ('word' in token) {
        words.push(token.word);
      } else if (token.mark === '}') {
        if (!nested || words.length > 0) throw new Error('unexpected }');
        return directives;
      } else {
        if (words.length === 0) throw new Error(`unexpected ${token.mark}`);
        directives.push(token.mark === ';' ? { words } : { words, body: readBlock(true) });
        words = [];
      }
    }
  };
  return readBlock(false);
}

function tokenize(config: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(config)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  while (at < config.length) {
    if (take(/\s+/y) !== undefined || take(/#[^\n]*/y) !== undefined) continue;
    const mark = take(/[{};]/y);
    if (mark === '{' || mark === '}' || mark === ';') {
      tokens.push({ mark });
      continue;
    }
    const quoted = take(/"(?:\\[^]|[^"\\])*"(?=[\s;{)])/y) ?? take(/'(?:\\[^]|[^'\\])*'(?=[\s;{)])/y);
    const word = quoted?.slice(1, -1) ?? take(/(?!["'])(?:\\[^]|\$\{|[^\s;{\\])+/y);
    if (word === undefined) throw new Error(`unexpected ${JSON.stringify(config.slice(at, at + 20))}`);
    tokens.push({ word: unescape(word) });
  }
  return tokens;
}

const escapes: Record<string, string> = { t: '\t', n: '\n', r: '\r' };

function unescape(word: string): string {
  return word.replace(/\\(["'\\tnr])/g, (_, escaped: string) => escapes[escaped] ?? escaped);
}
