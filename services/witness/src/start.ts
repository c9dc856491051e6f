/** A witness as a running service: `add-checkpoint`, its own key, and what it cosigned (C2SP tlog-witness; docs/network.md, witness). */
import { createHttp, listen, type Running, type ServiceContext } from '@countersign/service';
import { formatVerifierKey, WITNESS_REQUEST_BYTES_MAX } from '@countersign/tlog';
import { AppError } from '@countersign/wire';
import type { WitnessServiceConfig } from './config.ts';
import { WitnessState } from './witness-state.ts';

export interface WitnessPort {
  readonly log: ServiceContext['log'];
  /** Unix seconds. */
  readonly now: () => number;
}

export async function startWitness(config: WitnessServiceConfig, { log, now }: WitnessPort): Promise<Running> {
  const state = await WitnessState.open(config.dir, config.witness);
  const publicHttp = createHttp({ log, bodyLimitBytes: WITNESS_REQUEST_BYTES_MAX });
  // The body is text, but what is hashed and signed are its bytes.
  publicHttp.removeAllContentTypeParsers();
  publicHttp.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  publicHttp.post('/add-checkpoint', async (request, reply) => {
    const body = request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
    const answer = await state.addCheckpoint(body, now);
    if (answer.status === 422) log.warn({ status: 422 }, 'a log offered a checkpoint that contradicts the one cosigned before');
    return reply.status(answer.status).header('content-type', answer.contentType).send(answer.body);
  });
  publicHttp.get('/key', (_request, reply) =>
    reply.type('text/plain; charset=utf-8').send(`${formatVerifierKey(config.witness.key)}\n`),
  );
  publicHttp.get('/:origin/checkpoint', (request, reply) => {
    const checkpoint = state.checkpointAt(`${(request.params as { origin: string }).origin}/checkpoint`);
    if (checkpoint === null) throw new AppError('input.unknown_route');
    return reply.header('cache-control', 'no-store').type('text/plain; charset=utf-8').send(Buffer.from(checkpoint));
  });
  const privateHttp = createHttp({ log, bodyLimitBytes: 1024 });
  const { host, publicPort, privatePort } = config.listen;
  const urls = {
    public: await listen(publicHttp, { host, port: publicPort }),
    private: await listen(privateHttp, { host, port: privatePort }),
  };
  return {
    urls,
    async stop() {
      await Promise.all([publicHttp.close(), privateHttp.close()]);
      await state.settled();
    },
  };
}
