/** The look that both apps share. Every colour that text stands on or in has a contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3). */
import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** Harbour: a blue that is calm for hours, dark enough at 7 for white text on it (7.5:1). */
const harbour: MantineColorsTuple = [
  '#eef5fb',
  '#d9e7f4',
  '#b2cfe8',
  '#86b4db',
  '#5f9bcf',
  '#3f82bb',
  '#2a6ca4',
  '#1d5789',
  '#15446d',
  '#0d3152',
];

export const theme = createTheme({
  primaryColor: 'harbour',
  primaryShade: { light: 7, dark: 3 },
  autoContrast: true,
  colors: { harbour },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "Liberation Mono", monospace',
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // Mantine's scroll lock writes a style element, which the content security policy forbids; dialogs lock by CSS (styles.css).
    Modal: { defaultProps: { lockScroll: false, centered: true, transitionProps: { duration: 0 } } },
    Drawer: { defaultProps: { lockScroll: false, transitionProps: { duration: 0 } } },
  },
});
