import { biome } from './biome.ts';

process.exitCode = biome('check', '--write') ? 0 : 1;
