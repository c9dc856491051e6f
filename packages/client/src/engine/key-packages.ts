/** Key packages: enough of them with the service, so that others can add this device while it is away (PROTOCOL 5). */
import { create } from '@bufbuild/protobuf';
import { createKeyPackage, decodeOwnKeyPackage, encodeOwnKeyPackage, type OwnKeyPackage } from '@countersign/mls';
import { deliveryFrames } from '@countersign/wire';
import { nowS } from '../port/clock.ts';
import type { Session } from '../session/session.ts';
import { TABLES } from '../store/tables.ts';
import type { Context } from './context.ts';
import { nextOrder } from './conversations.ts';

const PACKAGES_KEPT = 20;
const PACKAGES_MIN = 10;
const LIFETIME_S = 90 * 86_400;
/** Renewed this long before its end. */
const RENEW_S = 30 * 86_400;
const CLOCK_SKEW_S = 3600;

export interface KeyPackageRecord {
  /** With its private keys. */
  readonly own: Uint8Array;
  readonly isLastResort: boolean;
  /** Unix seconds. */
  readonly notAfter: number;
  readonly isPublished: boolean;
}

/** A package of this device, for the directory or for a group that it makes or enters itself. */
export function createOwnKeyPackage(ctx: Context): Promise<OwnKeyPackage> {
  const { cert, mlsSeed } = ctx.device();
  const now = nowS(ctx.clock);
  return createKeyPackage(
    { identity: cert, signatureSeed: mlsSeed, notBefore: now - CLOCK_SKEW_S, notAfter: now + LIFETIME_S },
    ctx.suite,
  );
}

/** Makes and publishes what is missing; stored before it is published, since a Welcome may come at once. */
export async function fillKeyPackages(ctx: Context, session: Session): Promise<void> {
  await makeMissing(ctx);
  const rows = await ctx.vault.scan<KeyPackageRecord>(TABLES.keyPackage);
  const unpublished = rows.filter(({ value }) => !value.isPublished);
  if (unpublished.length === 0) return;
  const messages = (wanted: boolean) =>
    unpublished.filter(({ value }) => value.isLastResort === wanted).map(({ value }) => messageOf(value));
  const [lastResort] = messages(true);
  const keyPackages = messages(false);
  const request = create(deliveryFrames.PublishKeyPackagesSchema, {
    keyPackages,
    ...(lastResort === undefined ? {} : { lastResort }),
  });
  await session.call({ case: 'publishKeyPackages', value: request }, 'done');
  await ctx.vault.turn(async (work) => {
    for (const { key } of unpublished) {
      // A Welcome may have used it up in the meantime.
      const record = await work.get<KeyPackageRecord>(TABLES.keyPackage, key);
      if (record !== null) work.put(TABLES.keyPackage, key, { ...record, isPublished: true });
    }
  });
}

async function makeMissing(ctx: Context): Promise<void> {
  const now = nowS(ctx.clock);
  const rows = await ctx.vault.scan<KeyPackageRecord>(TABLES.keyPackage);
  const fresh = rows.filter(({ value }) => value.notAfter - now > RENEW_S);
  const count = fresh.filter(({ value }) => !value.isLastResort).length;
  const made: { readonly own: OwnKeyPackage; readonly isLastResort: boolean }[] = [];
  if (count < PACKAGES_MIN) {
    for (let i = count; i < PACKAGES_KEPT; i++) made.push({ own: await createOwnKeyPackage(ctx), isLastResort: false });
  }
  if (!fresh.some(({ value }) => value.isLastResort)) made.push({ own: await createOwnKeyPackage(ctx), isLastResort: true });
  const expired = rows.filter(({ value }) => value.notAfter <= now);
  if (made.length + expired.length === 0) return;
  await ctx.vault.turn(async (work) => {
    for (const { key } of expired) work.delete(TABLES.keyPackage, key);
    for (const { own, isLastResort } of made) {
      const record: KeyPackageRecord = {
        own: encodeOwnKeyPackage(own),
        isLastResort,
        notAfter: now + LIFETIME_S,
        isPublished: false,
      };
      work.put(TABLES.keyPackage, await nextOrder(work), record);
    }
  });
}

function messageOf({ own }: KeyPackageRecord): Uint8Array {
  return decodeOwnKeyPackage(own).message;
}
