/** Where in the app the member is, kept behind `#` so that the back button of a phone works and no server learns it. */
import { useSyncExternalStore } from 'react';

export type Place =
  | { readonly name: 'list' }
  | { readonly name: 'conversation'; readonly id: string }
  | { readonly name: 'new' | 'vouchers' | 'devices' | 'readers' };

export function placeOf(hash: string): Place {
  const [, first = '', second = ''] = hash.replace(/^#/, '').split('/');
  if (first === 'c' && second !== '') return { name: 'conversation', id: second };
  return first === 'new' || first === 'vouchers' || first === 'devices' || first === 'readers'
    ? { name: first }
    : { name: 'list' };
}

export function hashOf(place: Place): string {
  if (place.name === 'list') return '#/';
  return place.name === 'conversation' ? `#/c/${place.id}` : `#/${place.name}`;
}

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
