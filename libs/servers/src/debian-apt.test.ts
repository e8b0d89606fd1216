import { expect, test } from 'vitest';
import { aptConfiguration, findMirror, parseDepends } from './debian-apt.ts';

test('dependencies are read with the first of several alternatives and without virtual packages', () => {
  const text = [
    'redis-tools',
    '  PreDepends: libpre',
    ' |Depends: libfirst',
    '  Depends: libsecond',
    '  Depends: <virtual-thing>',
    '    provider',
    '  Depends: libjemalloc2',
    'redis-server',
    '  Depends: libjemalloc2',
  ].join('\n');
  expect(parseDepends(text)).toEqual(['libpre', 'libfirst', 'libjemalloc2']);
});

test('the private configuration keeps how to reach the network and drops every hook of the system', () => {
  const dump = [
    'Acquire::http::Proxy "http://proxy:3128";',
    'Acquire::Check-Date "false";',
    'Acquire::IndexTargets::deb::DEP-11::MetaKey "x";',
    'DPkg::Post-Invoke:: "rm -f /var/cache/apt/archives/*.deb";',
    'Dir::State "/var/lib/apt";',
  ].join('\n');
  const text = aptConfiguration('/private', dump);
  expect(text).toContain('Acquire::http::Proxy "http://proxy:3128";');
  expect(text).toContain('Acquire::Check-Date "false";');
  expect(text).not.toMatch(/Post-Invoke|DEP-11|\/var\//);
});

test('the mirror of the machine is used, in either format of the source files', () => {
  expect(findMirror('# deb http://old/debian x\ndeb [a=b] http://mirror.example/debian/ bookworm main')).toBe(
    'http://mirror.example/debian',
  );
  expect(findMirror('Types: deb\nURIs: https://mirror.example/debian\nSuites: bookworm')).toBe(
    'https://mirror.example/debian',
  );
  expect(findMirror('deb https://packages.example/apt stable main\nURIs: http://x/debian-security')).toBeUndefined();
});
