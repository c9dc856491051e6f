/** The public port: enrolment for whoever has a voucher, attachments for whoever has a token, and the messenger's pages. */
import type { Readable } from 'node:stream';
import { toHex } from '@countersign/bytes';
import type { Listen, ServiceContext, TrustAnchor } from '@countersign/service';
import { createHttp } from '@countersign/service';
import { AppError, type FeaturePolicy } from '@countersign/wire';
import type { FastifyInstance } from 'fastify';
import type { Blobs } from '../directory/blobs.ts';
import type { Enrolment } from '../enrol/enrolment.ts';
import { HTTP_BODY_BYTES_MAX, VOUCHERS_PER_ENROLMENT_MAX } from '../limits.ts';
import type { Rates } from '../rates.ts';
import { readBody } from './body.ts';
import { servePages } from './pages.ts';

export interface PublicHttpOptions {
  readonly log: ServiceContext['log'];
  readonly anchor: TrustAnchor;
  readonly listen: Listen;
  readonly enrolment: Enrolment;
  readonly blobs: Blobs;
  readonly rates: Rates;
  readonly policy: () => FeaturePolicy;
  readonly pagesDir: string | null;
}

export function createPublicHttp(options: PublicHttpOptions): FastifyInstance {
  const http = createHttp({ log: options.log, bodyLimitBytes: HTTP_BODY_BYTES_MAX });
  addEnrolment(http, options);
  addBlobs(http, options);
  if (options.pagesDir !== null) servePages(http, options.pagesDir);
  return http;
}

function addEnrolment(http: FastifyInstance, { enrolment, anchor, rates, policy }: PublicHttpOptions): void {
  http.post('/v1/voucher', (request) =>
    withoutGuessing(rates, request.ip, async () => {
      const text = readBody(request.body, (fields) => fields.text('voucher'));
      const { voucher, statement } = await enrolment.inspect(text);
      return {
        network: describeAnchor(anchor),
        statement: statement.text,
        statement_hash: toHex(statement.hash),
        custody: statement.facts,
        policy: policy(),
        vouchers_needed: voucher.forOwnDevice || voucher.maker === null ? 1 : policy().vouchers_needed,
        own_device: voucher.forOwnDevice,
        territory: voucher.territory,
      };
    }),
  );
  http.post('/v1/enrol', (request) =>
    withoutGuessing(rates, request.ip, async () => {
      const enrolled = await enrolment.enrol(readEnrolRequest(request.body));
      return {
        account_id: toHex(enrolled.accountId),
        device_id: toHex(enrolled.deviceId),
        device_cert: toHex(enrolled.deviceCert),
        network: describeAnchor(anchor),
      };
    }),
  );
}

function readEnrolRequest(body: unknown): Parameters<Enrolment['enrol']>[0] {
  return readBody(body, (fields) => {
    const consent = fields.object('consent');
    return {
      vouchers: readTexts(body, 'vouchers'),
      handle: fields.has('handle') ? fields.text('handle') : '',
      deviceId: fields.hex('device_id', 16),
      mlsSigKey: fields.hex('mls_sig_key', 32),
      envSigKey: fields.hex('env_sig_key', 32),
      statementHash: consent.hex('statement_hash', 32),
      consent: consent.hex('signature', 64),
      possession: fields.hex('proof_of_possession', 64),
    };
  });
}

function readTexts(body: unknown, name: string): string[] {
  const value = (body as Record<string, unknown>)[name];
  const isList =
    Array.isArray(value) && value.length <= VOUCHERS_PER_ENROLMENT_MAX && value.every((text) => typeof text === 'string');
  if (!isList) throw new AppError('input.malformed', name);
  return [...new Set(value as string[])];
}

/** Wrong vouchers use up the address's guesses; with none left, right ones wait as well and nothing is told. */
async function withoutGuessing<T>(rates: Rates, address: string, work: () => Promise<T>): Promise<T> {
  rates.ensure('voucherGuess', address);
  rates.take('enrolment', address);
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && error.code === 'voucher.invalid') rates.take('voucherGuess', address);
    throw error;
  }
}

/** As in network.json. */
function describeAnchor(anchor: TrustAnchor) {
  return {
    network_id: toHex(anchor.networkId),
    root_key: toHex(anchor.rootKey),
    log: { origin: anchor.log.origin, key: toHex(anchor.log.key), url: anchor.log.url },
    witnesses: anchor.witnesses.map(({ name, key }) => ({ name, key: toHex(key) })),
    witness_w: anchor.witnessW,
  };
}

function addBlobs(http: FastifyInstance, { blobs }: PublicHttpOptions): void {
  // In a scope of its own, where bodies are streams and never in memory.
  http.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, body, done) => done(null, body));
    scope.put<{ Params: { id: string } }>('/v1/blobs/:id', { bodyLimit: Number.MAX_SAFE_INTEGER }, async (request, reply) => {
      const device = await blobs.useToken(request.headers.authorization);
      const isNew = await blobs.put(device, request.params.id, request.body as Readable);
      return reply.status(isNew ? 201 : 200).send({ id: request.params.id });
    });
    scope.get<{ Params: { id: string } }>('/v1/blobs/:id', async (request, reply) => {
      await blobs.useToken(request.headers.authorization);
      const { size, stream } = await blobs.get(request.params.id);
      return reply
        .header('content-type', 'application/octet-stream')
        .header('content-length', size)
        .header('cache-control', 'private, immutable')
        .send(stream);
    });
    done();
  });
}
