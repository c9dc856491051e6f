/** What a recipient checks of custody's side before Open, one step a function, in the order of PROTOCOL 9. */
import { decode, ensure, equal } from '@countersign/bytes';
import {
  type DeviceCert,
  EntryType,
  envelopeBatchCodec,
  type Grant,
  grantCodec,
  type RelayStamp,
  type Scope,
  type VerifiedGrant,
  verifyBatchPromise,
  verifyGrant,
  verifyGrantAsRecipient,
  verifyRelayStamp,
} from '@countersign/custody';
import type { deliveryFrames } from '@countersign/wire';
import { openRelayEntry } from '../network/logged.ts';
import type { Network } from '../network/network.ts';
import type { BatchRecord, OpenedMls } from '../store/tables.ts';

/** RelayStamp and the day rule: `relay.stamp_invalid`. */
export function checkStamp(bytes: Uint8Array, envHash: Uint8Array, scope: Scope, { profile }: Network): RelayStamp {
  return verifyRelayStamp(bytes, { relayKeys: profile.relayKeys, envHash, day: scope.day, skewS: profile.skewS });
}

/** The promise of the stamp: its batch is in the log and lists the envelope. Else `log.promise_broken`, or the fault of the entry. */
export function checkPromise(shown: BatchRecord, stamp: RelayStamp, { profile }: Network): void {
  const { body } = openRelayEntry(shown, EntryType.envelopeBatch, profile.relayKeys);
  verifyBatchPromise(decode(envelopeBatchCodec, body), stamp, shown.leafIndex, shown.path);
}

/** The sender's leaf is that of the scope: `mls.sender_mismatch`; and so are group and epoch: `relay.mls_mismatch`. */
export function checkSender(scope: Scope, mls: OpenedMls, groupId: Uint8Array, network: Network): DeviceCert {
  const cert = network.verifyCert(mls.identity);
  ensure(equal(cert.deviceId, scope.deviceId) && mls.leaf === scope.leafIndex, 'mls.sender_mismatch');
  // The roots are those of the MLS epoch: a scope that named another one would be custody's key for messages that are not there.
  ensure(equal(groupId, scope.groupId) && mls.epoch === scope.epoch, 'relay.mls_mismatch');
  return cert;
}

/** VerifyGrant, and that custody's key is the one that the group derives. Returns K. */
export function checkGrant(bytes: Uint8Array, cert: DeviceCert, dayRoot: Uint8Array, network: Network): Uint8Array {
  const verified: VerifiedGrant = verifyGrant(bytes, {
    networkId: network.profile.networkId,
    custodyKeys: network.profile.custodyKeys,
    envSigKeyOf: () => cert.envSigKey,
  });
  return verifyGrantAsRecipient(verified, dayRoot);
}

/** The relay has appended the grant: its entry commits to these bytes. Else `grant.not_logged`, or the fault of the entry. */
export function checkGrantEntry(shown: deliveryFrames.GrantShown, { profile }: Network): Grant {
  const { body } = openRelayEntry(shown, EntryType.grant, profile.relayKeys);
  ensure(equal(body, shown.grant), 'grant.not_logged');
  return decode(grantCodec, shown.grant);
}
