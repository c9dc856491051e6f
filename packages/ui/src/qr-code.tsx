/** A text as a QR code in SVG, dark on white in both schemes so that every camera reads it. */
import { useMemo } from 'react';
import { qrModules } from './qr-modules.ts';

/** Modules of light margin that the standard asks for. */
const MARGIN = 4;

export function QrCode({ text, label }: { readonly text: string; readonly label: string }) {
  const { size, path } = useMemo(() => draw(qrModules(text)), [text]);
  return (
    <svg role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} width={196} height={196} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

function draw(modules: readonly (readonly boolean[])[]): { readonly size: number; readonly path: string } {
  const path = modules
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x + MARGIN} ${y + MARGIN}h1v1h-1z` : '')))
    .join('');
  return { size: modules.length + 2 * MARGIN, path };
}
