/** `npm run bundle`: the operator and all it imports as one file, dist/goproxycache.mjs. It starts in a third of the time. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';

const checkout = fileURLToPath(new URL('..', import.meta.url));

/** Where the bundle is written. */
export const bundleFile = join(checkout, 'dist/goproxycache.mjs');

/**
 * What node is told when it runs the operator. It would keep 128 MiB for objects that do not live long, and let garbage grow to twice of
 * what lives before it collects. Told to save memory it would make room for new objects as small as 1 MiB, and collect all the time.
 */
export const NODE_FLAGS: readonly string[] = [
  '--min-semi-space-size=4',
  '--max-semi-space-size=4',
  '--memory-saver-mode',
];

/**
 * Its environment. By default each of a dozen threads would have memory of its own, and give none of it back; and glibc would take ever
 * larger blocks (pages of a list) from the heap, where a small one behind them keeps them (mallopt(3), M_MMAP_THRESHOLD).
 */
export const NODE_ENVIRONMENT: Readonly<Record<string, string>> = {
  NODE_ENV: 'production',
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '262144',
};

/**
 * Leaves out of client-node what is not used. Its package.json does not say that its modules do nothing but define things, which
 * they do; without this the models of the whole API, 600 KB, would come along and take 15 MB of memory.
 */
const withoutModels: Plugin = {
  name: 'without-models',
  setup(esbuild) {
    const asked = Symbol('asked');
    esbuild.onResolve({ filter: /./ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      const isOurs = path.startsWith('@kubernetes/client-node') || importer.includes('/@kubernetes/client-node/');
      if (!isOurs || pluginData === asked) return undefined;
      // These name files as they are. To ask esbuild for a thousand of them takes ten seconds of a processor.
      if (path.startsWith('.')) return { path: join(resolveDir, path), sideEffects: false };
      const found = await esbuild.resolve(path, { importer, resolveDir, kind, pluginData: asked });
      return { ...found, sideEffects: false };
    });
  },
};

/** Bundles `entry` into `outfile`. The same sources give the same bytes. `plugins` may change sources on the way. */
export async function bundle(
  entry = 'src/cli/main.ts',
  outfile = bundleFile,
  plugins: readonly Plugin[] = [],
): Promise<void> {
  await build({
    absWorkingDir: checkout,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // Bundled CommonJS packages call require(), which an ES module does not have.
    banner: {
      js: "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);",
    },
    legalComments: 'eof',
    logLevel: 'warning',
    plugins: [withoutModels, ...plugins],
  });
  await writeFile(outfile, ascii(await readFile(outfile, 'utf8')));
}

/** One letter beyond ASCII, and V8 holds the whole text in two bytes for each: 3 MB more. esbuild leaves them in comments only. */
const ascii = (text: string) => text.normalize('NFD').replace(/[^\p{ASCII}]/gu, '');

if (import.meta.main) await bundle();
