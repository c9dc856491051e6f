/**
 * The theme's variables as a constructed style sheet: Mantine would write them into a style element, which `style-src 'self'`
 * forbids, while sheets that a script constructs are allowed.
 */
import { convertCssVariables, DEFAULT_THEME, defaultCssVariablesResolver, mergeMantineTheme } from '@mantine/core';
import { theme } from './theme.ts';

function themeCss(): string {
  const variables = defaultCssVariablesResolver(mergeMantineTheme(DEFAULT_THEME, theme));
  variables.dark['--mantine-color-scheme'] = 'dark';
  variables.light['--mantine-color-scheme'] = 'light';
  return convertCssVariables(variables, ':root');
}

/** To be called once, before anything is drawn. */
export function installTheme(page: Document): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(themeCss());
  page.adoptedStyleSheets = [...page.adoptedStyleSheets, sheet];
}
