// One configuration for unit, component and end-to-end tests; scripts/test.mjs chooses which to run.
export default {
  testEnvironment: 'node',
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  // The workspaces' `source` entry: tests run from TypeScript, without a build.
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  moduleNameMapper: { '^fast-check$': '<rootDir>/scripts/seeded-fast-check.mjs' },
  transform: {
    '\\.ts$': [
      // swc, and for whole runs what puts several suites of a service into one environment.
      '<rootDir>/scripts/tests-together.mjs',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, useDefineForClassFields: false },
        },
        module: { type: 'es6' },
      },
    ],
  },
  workerIdleMemoryLimit: '512MB',
  // Only what hangs ends here: no test says how fast a machine must be.
  testTimeout: 120_000,
};
