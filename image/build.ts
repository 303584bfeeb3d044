/**
 * `npm run image`: the operator's image as dist/goproxycache-operator.tar, without Docker. Two runs give the same digest.
 * Node and its libraries come from this machine; image/Dockerfile makes the same content where Docker is at hand.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle, bundleFile, NODE_ENVIRONMENT, NODE_FLAGS } from './bundle.ts';
import { writeImage } from './oci.ts';
import type { WrittenImage } from './oci.ts';
import { NONROOT, copyFile, copyProgram, makeRoot, packageVersion } from './rootfs.ts';

const checkout = fileURLToPath(new URL('..', import.meta.url));
const archive = join(checkout, 'dist/goproxycache-operator.tar');

/** The name tests and the demo use, and the one `install` prints by default: then no registry is needed at all. */
export const operatorNames = [
  'localhost/goproxycache-operator:dev',
  `ghcr.io/goproxycache/operator:${packageVersion()}`,
] as const;

/** Writes the operator's image and, beside it, a file of `NAME DIGEST` lines. */
export async function buildOperatorImage(): Promise<WrittenImage> {
  await bundle();
  return imageOf(bundleFile, operatorNames, archive);
}

/** Writes the image of a bundled operator to `archive`, which ends in `.tar`, and the file of `NAME DIGEST` lines beside it. */
export async function imageOf(bundled: string, names: readonly string[], archive: string): Promise<WrittenImage> {
  process.umask(0o022);
  const work = mkdtempSync(join(tmpdir(), 'goproxycache-image-'));
  try {
    const base = join(work, 'base');
    makeRoot(base);
    copyProgram(nodeProgram(), base, '/usr/bin/node');
    const app = join(work, 'app');
    copyFile(bundled, app, '/app/goproxycache.mjs');
    const image = await writeImage({ names, layers: [base, app], config }, archive);
    writeFileSync(archive.replace(/tar$/, 'digest'), names.map((name) => `${name} ${image.digest}\n`).join(''));
    return image;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const config = {
  Entrypoint: ['node', ...NODE_FLAGS, '/app/goproxycache.mjs'],
  Env: [
    'PATH=/usr/bin',
    ...Object.entries(NODE_ENVIRONMENT).map((pair) => pair.join('=')),
    // Node has CA certificates of its own; with this it also trusts what the image's bundle adds.
    'NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt',
  ],
  User: `${String(NONROOT)}:${String(NONROOT)}`,
  WorkingDir: '/app',
};

/** The locked Node of the optional dependency; else the one that runs this. */
function nodeProgram(): string {
  const locked = join(checkout, `node_modules/node-linux-${process.arch}/bin/node`);
  return existsSync(locked) ? locked : process.execPath;
}

if (import.meta.main) {
  const { digest, bytes } = await buildOperatorImage();
  const file = relative(process.cwd(), archive);
  console.log(`${file}: ${(bytes / 1e6).toFixed(1)} MB, ${digest}`);
  console.log(`  names  ${operatorNames.join('  ')}`);
  console.log(`  kind   kind load image-archive ${file}`);
  console.log(`  k3s    k3s ctr images import ${file}`);
  console.log(`  docker docker load --input ${file}`);
}
