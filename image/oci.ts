/**
 * Container images without Docker: folders become layers, layers and a configuration become one archive that
 * `ctr images import`, `kind load image-archive`, `k3s ctr images import` and `docker load` accept.
 * The same folders give the same bytes: layers have no times, no owners and a fixed order.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** How a container of the image starts. Field names are those of the OCI image specification. */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly StopSignal?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Labels?: Readonly<Record<string, string>>;
}

/** An image to write. */
export interface Image {
  /** Full references, such as `localhost/nginx:1.22`; all of them name the same image. */
  readonly names: readonly string[];
  /** Root folders, the lowest layer first. Modes are kept, owners become root. */
  readonly layers: readonly string[];
  readonly config: ImageConfig;
}

/** What was written. */
export interface WrittenImage {
  /** Digest of the manifest, as container runtimes show it: `sha256:...`. */
  readonly digest: string;
  /** Size of the archive in bytes. */
  readonly bytes: number;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** The name OCI and Docker give to this machine's processor. */
export const architecture = process.arch === 'x64' ? 'amd64' : process.arch;

/** Writes the image to `archive`, by renaming a finished file into place. Needs GNU tar. */
export async function writeImage(image: Image, archive: string): Promise<WrittenImage> {
  mkdirSync(dirname(archive), { recursive: true });
  const layout = mkdtempSync(`${archive}.`);
  try {
    mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
    const layers: Descriptor[] = [];
    for (const folder of image.layers) layers.push(await addLayer(layout, folder));
    const config = addJson(layout, 'application/vnd.oci.image.config.v1+json', {
      architecture,
      os: 'linux',
      created: '1970-01-01T00:00:00Z',
      config: image.config,
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
    });
    const manifestType = 'application/vnd.oci.image.manifest.v1+json';
    const manifest = addJson(layout, manifestType, { schemaVersion: 2, mediaType: manifestType, config, layers });
    writeIndex(layout, image.names, manifest);
    writeDockerManifest(layout, image.names, config, layers);
    tar(layout, `${layout}.tar`);
    renameSync(`${layout}.tar`, archive);
    return { digest: manifest.digest, bytes: statSync(archive).size };
  } finally {
    rmSync(layout, { recursive: true, force: true });
    rmSync(`${layout}.tar`, { force: true });
  }
}

/** GNU tar with everything left out that differs between two runs or two machines. */
function tar(folder: string, file: string): void {
  const fixed = ['--format=gnu', '--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  execFileSync('tar', [...fixed, '--create', `--file=${file}`, `--directory=${folder}`, '.']);
}

/** Layers are stored uncompressed: archives are loaded on the machine that made them, and gzip would take longer. */
async function addLayer(layout: string, folder: string): Promise<Descriptor> {
  const file = join(layout, 'layer.tar');
  tar(folder, file);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  const digest = hash.digest('hex');
  const size = statSync(file).size;
  renameSync(file, join(layout, 'blobs/sha256', digest));
  return { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: `sha256:${digest}`, size };
}

function addJson(layout: string, mediaType: string, value: object): Descriptor {
  const content = JSON.stringify(value);
  const digest = createHash('sha256').update(content).digest('hex');
  writeFileSync(join(layout, 'blobs/sha256', digest), content);
  return { mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(content) };
}

/** containerd takes the name from its own annotation, other tools from the one of the specification. */
function writeIndex(layout: string, names: readonly string[], manifest: Descriptor): void {
  const manifests = names.map((name) => ({
    ...manifest,
    platform: { architecture, os: 'linux' },
    annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name },
  }));
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  writeFileSync(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
}

/** `docker load` before its containerd store reads this file instead of the index. */
function writeDockerManifest(
  layout: string,
  names: readonly string[],
  config: Descriptor,
  layers: readonly Descriptor[],
): void {
  const blob = (descriptor: Descriptor): string => `blobs/${descriptor.digest.replace(':', '/')}`;
  const entry = { Config: blob(config), RepoTags: names, Layers: layers.map(blob) };
  writeFileSync(join(layout, 'manifest.json'), JSON.stringify([entry]));
}
