/** Makes an evidence file; what it holds is the caller's to choose and the verifier's to judge (PROTOCOL 14). */
import { formatContainer } from './container.ts';
import { layOut, withSums } from './layout.ts';
import type { EvidenceParts } from './parts.ts';

/** The same parts give the same bytes. RangeError for two parts in one place, and above the container's limits. */
export function createEvidenceFile(parts: EvidenceParts): Uint8Array {
  return formatContainer(withSums(layOut(parts)));
}
