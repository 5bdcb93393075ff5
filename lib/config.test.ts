import { expect, test } from 'vitest';
import { loadConfig, parseConfig } from './config.ts';

test.each(['local', 'dev', 'prod'])('the configuration of %s is valid', (stage) => {
  expect(loadConfig(stage, {}).stage).toBe(stage);
});

test('an unknown stage is named', () => {
  expect(() => loadConfig('staging', {})).toThrow('The stage "staging" is unknown');
});

test('a malformed configuration names each wrong field', () => {
  const { domain: _, ...prod } = loadConfig('prod', {});
  const wrong = {
    ...prod,
    region: 'Frankfurt',
    logRetentionDays: 8,
    jwt: { ...prod.jwt, issuer: 'auth' },
    colour: 'red',
  };
  const message = (() => {
    try {
      return String(parseConfig(wrong, 'config/prod.json'));
    } catch (error) {
      return String(error);
    }
  })();
  expect(message).toContain('config/prod.json is not a valid configuration:');
  for (const field of ['region:', 'jwt.issuer:', 'logRetentionDays:', 'colour: is not a known setting']) {
    expect(message).toContain(field);
  }
});
