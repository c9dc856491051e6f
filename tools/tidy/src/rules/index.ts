/** Every rule, in the order of the report. */
import type { Rule } from '../rule.ts';
import { clock } from './clock.ts';
import { dependencies } from './dependencies.ts';
import { environment } from './environment.ts';
import { escapes } from './escapes.ts';
import { header } from './header.ts';
import { layers } from './layers.ts';
import { machine } from './machine.ts';
import { manifest } from './manifest.ts';
import { names } from './names.ts';
import { random } from './random.ts';
import { size } from './size.ts';
import { sleeps } from './sleeps.ts';
import { switchedOff } from './switched-off.ts';
import { versions } from './versions.ts';
import { words } from './words.ts';

export const RULES: readonly Rule[] = [
  ...[layers, dependencies, manifest, versions],
  ...[header, size, names, words, machine],
  ...[environment, clock, random, escapes],
  ...[switchedOff, sleeps],
];
