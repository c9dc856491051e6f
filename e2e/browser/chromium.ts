/** The browser of the tests: Debian's Chromium, kept from calling home. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';

const ARGUMENTS = [
  '--no-sandbox',
  '--headless',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Throws, saying what to install, when there is no Chromium: a browser test never skips. */
export async function launchChromium(executablePath = EXECUTABLE): Promise<Browser> {
  if (!existsSync(executablePath)) {
    throw new Error(`no ${executablePath}: install the Debian package chromium (as root: apt-get install chromium)`);
  }
  return chromium.launch({ executablePath, args: ARGUMENTS });
}
