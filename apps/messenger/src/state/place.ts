/** Where in the app the member is, and its address behind `#`: the back button works, and no server learns it. */

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
