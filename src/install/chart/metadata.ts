import { dump } from 'js-yaml';
import packageJson from '../../../package.json' with { type: 'json' };
import { DEFAULT_IMAGES } from '../../api/images.ts';
import { GROUP, KIND, PLURAL, VERSION } from '../../api/types.ts';
import { NAME } from '../names.ts';
import { DEFAULTS } from '../options.ts';

const SOURCE = 'https://github.com/goproxycache/operator';
const text = (value: unknown) => dump(value, { lineWidth: 120, noRefs: true });

/** What a version changed, by the headings of Keep a Changelog. Throws when the changelog has no such version. */
export function changes(changelog: string, version: string): { kind: string; description: string }[] {
  const section = changelog.split(/^## /m).find((part) => part.startsWith(`[${version}]`));
  if (section === undefined)
    throw new Error(`CHANGELOG.md has no section [${version}]: add one, or correct package.json`);
  return section
    .split(/^### /m)
    .slice(1)
    .flatMap((part) => {
      const [kind = '', ...items] = part.split(/\n+- /);
      return items.map((item) => ({
        kind: kind.trim().toLowerCase(),
        description: item.trim().replaceAll(/\s+/g, ' '),
      }));
    });
}

/** Chart.yaml, with the annotations that Artifact Hub shows (https://artifacthub.io/docs/topics/annotations/helm/). */
export function chartYaml(changelog: string, example: object): string {
  const { version } = packageJson;
  return text({
    apiVersion: 'v2',
    name: NAME,
    description:
      'Operator that runs Go module proxy caches: one GoProxyCache gives a team a fast, highly available GOPROXY.',
    type: 'application',
    version,
    appVersion: version,
    // Gateway pods wait before they end by preStop.sleep, which a server has had since this version.
    kubeVersion: '>=1.30.0-0',
    keywords: ['go', 'golang', 'goproxy', 'athens', 'cache', 'operator'],
    home: SOURCE,
    sources: [SOURCE],
    maintainers: [{ name: 'GoProxyCache maintainers', url: SOURCE }],
    annotations: {
      'artifacthub.io/changes': text(changes(changelog, version)),
      'artifacthub.io/crds': text([
        {
          kind: KIND,
          version: VERSION,
          name: `${PLURAL}.${GROUP}`,
          displayName: 'Go module proxy cache',
          description: 'A gateway in front of one module proxy for each environment.',
        },
      ]),
      'artifacthub.io/crdsExamples': text([example]),
      'artifacthub.io/images': text(
        Object.entries({ operator: DEFAULTS.image, ...DEFAULT_IMAGES }).map(([name, image]) => ({ name, image })),
      ),
      'artifacthub.io/license': packageJson.license,
      'artifacthub.io/operator': 'true',
      'artifacthub.io/operatorCapabilities': 'Seamless Upgrades',
      'artifacthub.io/prerelease': 'true',
    },
  });
}
