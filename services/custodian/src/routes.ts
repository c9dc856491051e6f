/** The agent's private port (docs/network.md, custodian). */
import { create, toBinary } from '@bufbuild/protobuf';
import { fromHex } from '@countersign/bytes';
import { createHttp, type ServiceContext } from '@countersign/service';
import { AppError, custodianFrames } from '@countersign/wire';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Agent } from './agent.ts';
import { bytesIn, parseBody } from './ceremony-input.ts';
import { DestructionMethod } from './destroyed-shares.ts';
import { decideOrder, listOrders } from './orders.ts';
import { CALL_BYTES_MAX, parseReleaseCall } from './release-call.ts';

const HASH_BYTES = 32;

export function createRoutes(agent: Agent, log: ServiceContext['log']): FastifyInstance {
  const http = createHttp({ log, bodyLimitBytes: CALL_BYTES_MAX });
  const { approvals, ceremonies, destroyed, now, releaser, sessions } = agent;
  const ensureHuman = (request: FastifyRequest): void => sessions.ensure(request.headers);

  http.post('/v1/session', (request) => sessions.open(request.headers));

  http.get('/v1/status', () => agent.status());

  http.post('/v1/release', async (request, reply) => {
    if (!(request.body instanceof Uint8Array)) throw new AppError('frame.malformed');
    const answer = await releaser.answer(parseReleaseCall(request.body));
    const frame = 'code' in answer ? answer : { ...answer, releases: [...answer.releases], releaseSalt: answer.salt };
    const bytes = toBinary(custodianFrames.ReleaseReplySchema, create(custodianFrames.ReleaseReplySchema, frame));
    return reply.type('application/protobuf').send(Buffer.from(bytes));
  });

  http.get('/v1/orders', (request) => {
    ensureHuman(request);
    const { before } = request.query as { before?: string };
    if (before !== undefined && !/^\d{1,15}$/.test(before)) throw new AppError('input.malformed', 'before');
    return { orders: listOrders(agent.directory, approvals, now(), before === undefined ? undefined : Number(before)) };
  });

  http.post('/v1/orders/:id/decision', async (request) => {
    ensureHuman(request);
    const { id } = request.params as { id: string };
    const { decision } = parseBody(request.body);
    if (decision !== 'approve' && decision !== 'refuse') throw new AppError('input.malformed', 'decision');
    if (!/^[0-9a-f]{32}$/.test(id)) throw new AppError('input.unknown_order');
    await decideOrder(agent.directory, approvals, fromHex(id), decision, now());
    return {};
  });

  http.post('/v1/ceremony/:step', (request) => {
    ensureHuman(request);
    return ceremonies.step((request.params as { step: string }).step, request.body);
  });

  http.post('/v1/keys/destroy', async (request) => {
    ensureHuman(request);
    const body = parseBody(request.body);
    const method = body.method;
    if (method !== DestructionMethod.deleted && method !== DestructionMethod.mediumDestroyed) {
      throw new AppError('input.malformed', 'method');
    }
    const statement = await destroyed.destroy(bytesIn(body, 'custody_key_id', HASH_BYTES), method);
    return { statement: Buffer.from(statement).toString('hex') };
  });

  return http;
}
