/** The place that the address names, and how to go to another. */
import { useSyncExternalStore } from 'react';
import { hashOf, type Place, placeOf } from './place.ts';

function subscribe(changed: () => void): () => void {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}

export function usePlace(): readonly [Place, (place: Place) => void] {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  const go = (place: Place) => {
    window.location.hash = hashOf(place);
  };
  return [placeOf(hash), go];
}
