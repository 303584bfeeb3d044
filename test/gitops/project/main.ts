/** The main.ts of the tests' git repository: what a user's would be, but that its values come from values.json, where a test commits. */
import { readFileSync } from 'node:fs';
import type { StageProps, SynthesizeOptions } from '../../../src/synth/index.ts';
import { synthesize } from '../../../src/synth/index.ts';

synthesize(JSON.parse(readFileSync('values.json', 'utf8')) as SynthesizeOptions<StageProps>);
