/** A machine without a browser is told what it lacks; it never passes by skipping. */
import { expect, test } from 'vitest';
import { launchChromium } from './chromium.ts';

test('a missing Chromium fails with the name of the package', async () => {
  await expect(launchChromium('/nowhere/chromium')).rejects.toThrow('install the Debian package chromium');
});
