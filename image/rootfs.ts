/** Builds root file systems for images from programs and libraries of this machine. Run it under `umask 022`. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** User and group `nonroot` of every image of this project. */
export const NONROOT = 65532;

/** Makes `root` a usable root: merged /usr, /tmp for all, users, name resolution and the CA bundle of this machine. */
export function makeRoot(root: string): void {
  for (const folder of ['bin', 'sbin', 'lib', 'lib64']) {
    mkdirSync(join(root, 'usr', folder), { recursive: true });
    symlinkSync(`usr/${folder}`, join(root, folder));
  }
  for (const folder of ['dev', 'etc/ssl/certs', 'home/nonroot', 'proc', 'root', 'run', 'sys', 'tmp', 'var']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  chmodSync(join(root, 'tmp'), 0o1777);
  writeUsers(root);
  writeFileSync(join(root, 'etc/nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files dns\n');
  copyFile('/etc/ssl/certs/ca-certificates.crt', root, '/etc/ssl/certs/ca-certificates.crt');
}

function writeUsers(root: string): void {
  const users = [
    'root:x:0:0:root:/root:/bin/sh',
    'www-data:x:33:33:www-data:/var/www:/bin/false',
    'nobody:x:65534:65534:nobody:/nonexistent:/bin/false',
    `nonroot:x:${String(NONROOT)}:${String(NONROOT)}:nonroot:/home/nonroot:/bin/false`,
  ];
  const groups = ['root:x:0:', 'www-data:x:33:', 'nogroup:x:65534:', `nonroot:x:${String(NONROOT)}:`];
  writeFileSync(join(root, 'etc/passwd'), `${users.join('\n')}\n`);
  writeFileSync(join(root, 'etc/group'), `${groups.join('\n')}\n`);
}

/** Copies a file, following links, to `target` in `root`. It becomes readable by all, executable if it was. */
export function copyFile(source: string, root: string, target: string): void {
  const destination = join(root, mergedUsr(target));
  mkdirSync(dirname(destination), { recursive: true });
  copyFileSync(source, destination);
  chmodSync(destination, statSync(source).mode & 0o111 ? 0o755 : 0o644);
}

/** Copies a program to `target` (its own place unless told) and every shared library it needs to where the loader finds it. */
export function copyProgram(source: string, root: string, target = source): void {
  copyFile(source, root, target);
  for (const library of sharedLibraries(source)) {
    if (!existsSync(join(root, mergedUsr(library)))) copyFile(library, root, library);
  }
}

/** The libraries `ldd` names for a program; none for a static one. */
export function sharedLibraries(program: string): string[] {
  const ldd = spawnSync('ldd', [program], { encoding: 'utf8' });
  if (ldd.error !== undefined) throw ldd.error;
  return ldd.status === 0 ? [...ldd.stdout.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)].map((match) => match[1] ?? '') : [];
}

/** Busybox at /usr/bin/busybox with a link for each command it knows. */
export function installBusybox(busybox: string, root: string): void {
  copyFile(busybox, root, '/usr/bin/busybox');
  for (const applet of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n')) {
    if (applet !== 'busybox') symlinkSync('busybox', join(root, 'usr/bin', applet));
  }
}

/** The version in this project's package.json. */
export function packageVersion(): string {
  const file = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}

/** /bin, /sbin and /lib are links into /usr: files go where the links lead. */
function mergedUsr(path: string): string {
  return path.replace(/^\/(bin|sbin|lib|lib64)\//, '/usr/$1/');
}
