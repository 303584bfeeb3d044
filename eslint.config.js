import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Which folders of src a folder may import from: one way only (docs/architecture.md). */
const IMPORTS = {
  api: [],
  gateway: ['api'],
  desired: ['api', 'gateway'],
  install: ['api', 'desired'],
  synth: ['api', 'desired', 'install'],
  kube: [],
  runtime: ['kube'],
  reconcile: ['api', 'gateway', 'desired', 'runtime', 'kube'],
};
const folders = [...Object.keys(IMPORTS), 'cli'];

const zones = Object.entries(IMPORTS).map(([folder, allowed]) => ({
  target: `./src/${folder}`,
  from: folders.filter((other) => other !== folder && !allowed.includes(other)).map((other) => `./src/${other}`),
  message: `src/${folder} may import from ${allowed.length > 0 ? allowed.map((name) => `src/${name}`).join(', ') : 'no other folder'} only.`,
}));

export default tseslint.config(
  // examples/gitops is a repository of its own, with a tsconfig.json that knows only what npm install brings (test/package).
  { ignores: ['node_modules', 'dist', 'lib', 'test/demo/project', 'examples/gitops'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      complexity: ['error', 16],
      'max-depth': ['error', 4],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    // Only src/kube may load client-node: everywhere else its models are types.
    files: ['src/**/*.ts'],
    ignores: ['src/kube/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: '@kubernetes/client-node',
              allowTypeImports: true,
              message: 'Import its types only; src/kube is the way to the API server.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['src/desired/**/*.ts', 'src/gateway/**/*.ts', 'src/api/**/*.ts', 'src/install/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', 'Date', 'fetch', 'process', 'setTimeout', 'setInterval'],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'What describes an object is pure.' },
      ],
    },
  },
  { files: ['src/generate.ts', 'test/**/*.ts', 'image/**/*.ts'], rules: { 'no-console': 'off' } },
);
