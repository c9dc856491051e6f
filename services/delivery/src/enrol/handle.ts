/** Handles: short names in letters that cannot be mistaken for others, unique whatever their case. */

const HANDLE = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,30}[A-Za-z0-9])?$/;

export function isHandle(text: string): boolean {
  return HANDLE.test(text);
}

export function foldHandle(handle: string): string {
  return handle.toLowerCase();
}
