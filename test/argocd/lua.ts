import { run } from '../support/run.ts';

/** What a health script says of an object, by Debian's Lua 5.1, the version of the language that Argo CD runs. */
export async function health(script: string, object: unknown): Promise<{ status: string; message: string }> {
  const program = `obj = ${literal(object)}
local function health()
${script}
end
local result = health()
io.write(result.status, "\\n", result.message)`;
  const text = await run('lua5.1', ['-'], { input: program });
  const end = text.indexOf('\n');
  return { status: text.slice(0, end), message: text.slice(end + 1) };
}

/** A value of JSON as Lua source. */
function literal(value: unknown): string {
  if (typeof value === 'string') return `"${value.replace(/["\\\n]/g, '\\$&')}"`;
  if (Array.isArray(value)) return `{${value.map(literal).join(', ')}}`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([key, item]) => `[${literal(key)}] = ${literal(item)}`)
      .join(', ')}}`;
  return value === null || value === undefined ? 'nil' : JSON.stringify(value);
}
