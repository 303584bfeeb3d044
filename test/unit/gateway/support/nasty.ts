import fc from 'fast-check';

/** What has a meaning to some program between a spec and a served request. */
export const written: readonly string[] = [
  // nginx
  ...[
    'a;b',
    'a b',
    'a\nb',
    'a\r\nb',
    'a"b',
    "a'b",
    'a\\',
    'a}b',
    '{',
    '}',
    ';',
    '#',
    '"',
    "'",
    '\\',
    '$host',
    '${host}',
    'a$1',
  ],
  ...[
    'default',
    'include',
    'volatile',
    'hostnames',
    '~.',
    '~^/',
    '~*a',
    '*.example',
    '.example',
    'unix:/run/gateway/status.sock',
  ],
  ...['x;}server{listen 9;', 'x\n}\nserver {\n listen 9;\n', "x' ; return 200 '", '/etc/passwd', '../x', '..'],
  // Envoy
  ...[
    '%REQ(authorization)%',
    '%FILTER_STATE(x)%',
    '%',
    '%%',
    '.*',
    'a|b',
    'a,b',
    '[a-z]',
    '*',
    '"}],"x":[{"',
    'a","b":"c',
  ],
  // Lua, a shell, JSON, YAML, Go templates
  ...[
    'os.execute("id")',
    ']]..x..[[',
    '$(id)',
    '`id`',
    'a|id',
    '&&id',
    '{{.}}',
    '!!js/function a',
    '&a *a',
    '- a',
    'a: b',
    '\u0000',
  ],
  // Characters that look like others, or end a line for some
  ...[
    'a\0b',
    '\u2028',
    '\u2029',
    '\u0085',
    '\ufeffa',
    'а.example',
    'ａ.example',
    '\u202ea',
    '\ud800',
    'a\u00adb',
    '\t',
    '\v',
    '\f',
  ],
  // Borders
  ...['', ' ', 'A', 'a_b', '-a', 'a-', 'x'.repeat(63), 'x'.repeat(64), 'x'.repeat(254), 'x'.repeat(5000)],
  // Addresses
  ...[
    'https://a@b',
    'https://a:b@c',
    'https://a/?b',
    'https://a/#b',
    'https://a b',
    'https://a/$b',
    'https://a/;b',
    'https://[::1]',
  ],
  ...[
    'file:///etc/passwd',
    'http://169.254.169.254/',
    'https://a/%0a',
    '10.0.0.0/8;',
    '10.0.0.0/8 1',
    '0.0.0.0/0',
    '::/0',
    '10.0.0.1/8',
  ],
];

/** Texts of all kinds: {@link written}, their mixtures, and whatever else. */
export const nasty: fc.Arbitrary<string> = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.stringMatching(/^[a-z0-9.-]{1,20}$/),
  fc.constantFrom(...written),
  fc.tuple(fc.constantFrom(...written), fc.constantFrom(...written)).map(([a, b]) => a + b),
  fc.tuple(fc.stringMatching(/^[a-z]{1,5}$/), fc.constantFrom(...written)).map(([a, b]) => a + b),
  fc.webUrl({ validSchemes: ['http', 'https'], withQueryParameters: true, withFragments: true }),
  fc.webUrl({ validSchemes: ['http', 'https'] }),
  fc.string().map((text) => `https://db.example/${text}`),
);

const { INJECTION_RUNS, INJECTION_SEED } = process.env;

/** How many texts a property is tried with, and from which seed: a failure prints the seed that shows it again. */
export const injection = {
  numRuns: Number(INJECTION_RUNS ?? 100),
  ...(INJECTION_SEED !== undefined && { seed: Number(INJECTION_SEED) }),
};
