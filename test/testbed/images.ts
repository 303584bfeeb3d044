/**
 * The testbed's images, made from Debian packages of this machine and the programs of build.sh. There is no registry:
 * up.sh imports the archives. An image is made again only when something it is made of has changed.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ImageConfig } from '../../image/oci.ts';
import { writeImage } from '../../image/oci.ts';
import { copyFile, copyProgram, installBusybox, makeRoot, sharedLibraries } from '../../image/rootfs.ts';
import { testbedFolder } from './folder.ts';

const bin = join(testbedFolder, 'bin');
const images = join(testbedFolder, 'images');
const busybox = join(images, 'busybox/bin/busybox');

interface TestbedImage {
  readonly name: string;
  /** Programs of this machine that go into the image: with their libraries, all that decides its content. */
  readonly programs: readonly string[];
  readonly fill: (root: string) => void;
  readonly config: ImageConfig;
}

const environment = ['PATH=/usr/local/bin:/usr/sbin:/usr/bin', 'SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt'];
const gitCore = '/usr/lib/git-core';
const goProgram = join(execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim(), 'bin/go');
const njsModule = '/usr/lib/nginx/modules/ngx_http_js_module.so';

const testbedImages: readonly TestbedImage[] = [
  {
    name: 'localhost/pause:3.8',
    programs: [join(bin, 'pause')],
    fill: (root) => {
      copyFile(join(bin, 'pause'), root, '/pause');
    },
    config: { Entrypoint: ['/pause'], User: '65535:65535' },
  },
  {
    name: 'localhost/busybox:1.35',
    programs: [busybox],
    fill: fillShell,
    config: { Cmd: ['sh'], Env: environment },
  },
  {
    name: 'localhost/coredns:1.12.4',
    programs: [join(bin, 'coredns')],
    fill: fillWithProgram('coredns'),
    config: { Entrypoint: ['coredns'], Env: environment },
  },
  {
    name: 'localhost/local-path-provisioner:v0.0.30',
    programs: [join(bin, 'local-path-provisioner')],
    fill: fillWithProgram('local-path-provisioner'),
    config: { Entrypoint: ['local-path-provisioner'], Env: environment },
  },
  {
    name: 'localhost/athens:v0.18.1',
    programs: [
      busybox,
      join(bin, 'athens-proxy'),
      goProgram,
      '/usr/bin/git',
      `${gitCore}/git-remote-http`,
      '/usr/bin/ssh',
    ],
    fill: fillAthens,
    config: {
      Entrypoint: ['athens-proxy'],
      Env: [...environment, 'HOME=/tmp', 'GOTOOLCHAIN=local'],
      ExposedPorts: { '3000/tcp': {} },
    },
  },
  {
    name: 'localhost/nginx:1.22',
    programs: [busybox, '/usr/sbin/nginx', '/usr/bin/curl', '/usr/bin/getent', njsModule].filter(existsSync),
    fill: fillNginx,
    config: { Entrypoint: ['nginx'], Cmd: ['-g', 'daemon off;'], Env: environment, StopSignal: 'SIGQUIT' },
  },
  {
    name: 'localhost/envoy:1.40',
    programs: [busybox, join(bin, 'envoy')],
    fill: fillEnvoy,
    config: { Entrypoint: ['envoy'], Env: environment },
  },
];

/** A shell with Debian's busybox, users and certificates. */
function fillShell(root: string): void {
  makeRoot(root);
  installBusybox(busybox, root);
}

function fillWithProgram(program: string): (root: string) => void {
  return (root) => {
    makeRoot(root);
    copyProgram(join(bin, program), root, `/usr/bin/${program}`);
  };
}

/** The wheel's Envoy, and the shell that envoy.sh needs. */
function fillEnvoy(root: string): void {
  fillShell(root);
  copyProgram(join(bin, 'envoy'), root, '/usr/bin/envoy');
}

/** Athens runs the go command, and go runs git and ssh. Of Go's tree, fetching modules needs the command alone. */
function fillAthens(root: string): void {
  fillShell(root);
  copyProgram(join(bin, 'athens-proxy'), root, '/usr/bin/athens-proxy');
  for (const program of ['/usr/bin/git', `${gitCore}/git-remote-http`, '/usr/bin/ssh']) copyProgram(program, root);
  symlinkSync('git-remote-http', join(root, gitCore, 'git-remote-https'));
  for (const command of ['git', 'git-upload-pack', 'git-receive-pack', 'git-index-pack', 'git-fetch-pack']) {
    symlinkSync('../../bin/git', join(root, gitCore, command));
  }
  mkdirSync(join(root, 'usr/share/git-core/templates'), { recursive: true });
  const goRoot = join(goProgram, '../..');
  copyProgram(goProgram, root, '/usr/local/go/bin/go');
  for (const file of ['VERSION', 'go.env']) {
    if (existsSync(join(goRoot, file))) copyFile(join(goRoot, file), root, `/usr/local/go/${file}`);
  }
  mkdirSync(join(root, 'usr/local/go/pkg/tool'), { recursive: true });
  mkdirSync(join(root, 'usr/local/go/src'));
  symlinkSync('../local/go/bin/go', join(root, 'usr/bin/go'));
}

/** Debian's nginx, its JavaScript module if installed, and the tools the gateway's entrypoint calls. */
function fillNginx(root: string): void {
  fillShell(root);
  for (const program of ['/usr/sbin/nginx', '/usr/bin/curl', '/usr/bin/getent']) {
    // Its own programs win over busybox's.
    rmSync(join(root, program), { force: true });
    copyProgram(program, root);
  }
  if (existsSync(njsModule)) copyProgram(njsModule, root);
  for (const made of ['etc/nginx', 'var/log/nginx', 'var/lib/nginx', 'usr/share/nginx']) {
    mkdirSync(join(root, made), { recursive: true });
  }
  copyFile('/etc/nginx/mime.types', root, '/etc/nginx/mime.types');
  const answer = 'events {}\nhttp {\n  server {\n    listen 8080;\n    location / { return 200 "ok\\n"; }\n  }\n}\n';
  writeFileSync(join(root, 'etc/nginx/nginx.conf'), answer);
  symlinkSync('/dev/stdout', join(root, 'var/log/nginx/access.log'));
  symlinkSync('/dev/stderr', join(root, 'var/log/nginx/error.log'));
}

/** Everything an image is made of, as one hash: files by size and time, the code that puts them together by content. */
function inputsOf(image: TestbedImage): string {
  const hash = createHash('sha256').update(JSON.stringify([image.name, image.config]));
  const here = fileURLToPath(new URL('.', import.meta.url));
  for (const code of [join(here, 'images.ts'), join(here, '../../image/oci.ts'), join(here, '../../image/rootfs.ts')]) {
    hash.update(readFileSync(code));
  }
  const libraries = image.programs.flatMap(sharedLibraries);
  for (const file of [...image.programs, ...libraries, '/etc/ssl/certs/ca-certificates.crt']) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file} ${String(size)} ${String(mtimeMs)}\n`);
  }
  return hash.digest('hex');
}

/** Makes NAME.tar, NAME.digest (`NAME DIGEST`, for up.sh) and NAME.inputs, unless they are up to date. */
async function make(image: TestbedImage): Promise<boolean> {
  const file = join(images, image.name.replace(/^.*\//, '').replace(/:.*/, ''));
  const inputs = inputsOf(image);
  const done =
    existsSync(`${file}.tar`) && existsSync(`${file}.inputs`) && readFileSync(`${file}.inputs`, 'utf8') === inputs;
  if (done) return false;
  const root = mkdtempSync(join(tmpdir(), 'testbed-image-'));
  try {
    const layer = join(root, 'layer');
    mkdirSync(layer);
    image.fill(layer);
    rmSync(`${file}.inputs`, { force: true });
    const { digest } = await writeImage({ names: [image.name], layers: [layer], config: image.config }, `${file}.tar`);
    writeFileSync(`${file}.digest`, `${image.name} ${digest}\n`);
    writeFileSync(`${file}.new`, inputs);
    renameSync(`${file}.new`, `${file}.inputs`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return true;
}

/** A run that was killed leaves folders and files with a random ending behind. */
function removeLeftovers(): void {
  for (const entry of readdirSync(images)) {
    if (/\.tar\../.test(entry)) rmSync(join(images, entry), { recursive: true, force: true });
  }
}

process.umask(0o022);
mkdirSync(images, { recursive: true });
removeLeftovers();
const begin = performance.now();
const made: string[] = [];
for (const image of testbedImages) if (await make(image)) made.push(image.name);
const seconds = ((performance.now() - begin) / 1000).toFixed(1);
if (made.length > 0) console.log(`        made images in ${seconds} s: ${made.join(' ')}`);
