// The direction of imports (docs/architecture.md). Checked by `npm run check`.
const test = '\\.test\\.ts$';
const rule = (name, from, to, comment) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    rule(
      'domain-is-pure',
      { path: '^shared/domain/', pathNot: test },
      { path: '.', pathNot: '^shared/(domain|contract)/|^util$' },
      'decisions do no I/O and know no SDK',
    ),
    rule(
      'contract-stands-alone',
      { path: '^shared/contract/' },
      { path: '^(?!shared/contract/|node_modules/zod)' },
      'clients are built from it',
    ),
    rule(
      'shared-knows-no-infrastructure',
      { path: '^shared/' },
      { path: '^(functions|lib|bin|local|web|scripts|test)/|node_modules/(aws-cdk-lib|constructs)/' },
      'functions share it',
    ),
    rule(
      'functions-use-shared',
      { path: '^functions/' },
      { path: '^(lib|bin|local|web|scripts|test)/' },
      'a function is a screen over shared',
    ),
    rule(
      'nobody-imports-functions',
      { pathNot: '^(functions|test)/' },
      { path: '^functions/' },
      'they are entry points',
    ),
    rule(
      'lib-uses-the-contract',
      { path: '^lib/' },
      { path: '^(shared/(?!contract/)|functions|local|web|scripts|test)/?' },
      'infrastructure follows from the contract',
    ),
    rule(
      'web-uses-the-contract',
      { path: '^web/' },
      { path: '^(shared/(?!contract/)|functions|lib|bin|local|scripts|test)/?' },
      'the browser sees the contract only',
    ),
    rule(
      'local-knows-no-product',
      { path: '^local/' },
      { path: '^(shared|functions|lib|bin|web|scripts|test)/' },
      'it runs cdk.out',
    ),
    rule(
      'no-cycles',
      { pathNot: '^test/' },
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
      'a cycle has no direction',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: 'specify',
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.js'] },
    parser: 'swc',
  },
};
