/** Every verb of the command line, in the order in which help lists them. */
import type { AddVerb } from '../program.ts';
import { addCustodian } from './custodian.ts';
import { addDevice } from './device.ts';
import { addEnrol } from './enrol.ts';
import { addEvidence } from './evidence.ts';
import { addGroup } from './group.ts';
import { addInbox } from './inbox.ts';
import { addLog } from './log.ts';
import { addOrder } from './order.ts';
import { addReview } from './review.ts';
import { addSend } from './send.ts';
import { addStory } from './story.ts';
import { addUp } from './up.ts';
import { addVoucher } from './voucher.ts';

export const verbs: readonly AddVerb[] = [
  addUp,
  addVoucher,
  addEnrol,
  addDevice,
  addGroup,
  addSend,
  addInbox,
  addOrder,
  addCustodian,
  addReview,
  addEvidence,
  addLog,
  addStory,
];
