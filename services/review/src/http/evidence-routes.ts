/** POST /v1/evidence: the messages named, or all that the order reaches, as a file that verifies offline (docs/network.md, review). */
import type { FastifyInstance } from 'fastify';
import { EVIDENCE_MESSAGES_MAX, type EvidenceDesk } from '../evidence/evidence-desk.ts';
import type { MessageRow, MessageRows } from '../reading/message-rows.ts';
import type { ReadingRoom } from '../reading/reading-room.ts';
import type { OfficerSessions } from '../reading/sessions.ts';
import { asObject, hexField, integerField, listField } from './input.ts';

export interface EvidenceRouteParts {
  readonly evidence: EvidenceDesk;
  readonly room: ReadingRoom;
  readonly rows: MessageRows;
  readonly sessions: OfficerSessions;
}

export function addEvidenceRoutes(http: FastifyInstance, { evidence, room, rows, sessions }: EvidenceRouteParts): void {
  http.post('/v1/evidence', async (request, reply) => {
    const officer = sessions.officerOf(request.headers.authorization);
    const body = asObject(request.body);
    const purpose = body.purpose === undefined ? undefined : Number(integerField(body, 'purpose', 65_535n, 0n));
    const desk = room.desk(officer, hexField(body, 'order', 16), purpose);
    const listed = body.message_ids === undefined ? null : listField(body, 'message_ids', EVIDENCE_MESSAGES_MAX);
    const wanted = (listed ?? []).map((id) => hexField({ message_ids: id }, 'message_ids', 16));
    const found: MessageRow[] =
      listed === null
        ? await rows.after([desk.orderId], 0n, EVIDENCE_MESSAGES_MAX)
        : (await Promise.all(wanted.map((id) => rows.byId(desk.orderId, id)))).flat();
    const file = await evidence.export(desk, found, wanted);
    return reply
      .headers({ 'content-type': 'application/zip', 'content-disposition': 'attachment; filename="evidence.zip"' })
      .send(Buffer.from(file));
  });
}
