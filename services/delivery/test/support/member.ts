/** A member's device as far as the relay sees one: it enrols, speaks frames, keeps MLS groups, seals envelopes and chains them. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { concat, decode, encode, fromHex, toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import {
  CHAIN_START,
  type ChainState,
  type CreatedGrant,
  createGrant,
  dayOf,
  deviceCertCodec,
  encodeContent,
  grantCodec,
  type Scope,
  sealEnvelope,
} from '@countersign/custody';
import { type CommitFrame, createKeyPackage, createSuite, Group, type IdentityRules, type OwnKeyPackage } from '@countersign/mls';
import { createConsent, createPossessionProof, createSessionProof, deliveryFrames as frames } from '@countersign/wire';
import { WebSocket } from 'ws';
import { networkId, type TestNetwork, until } from './network.ts';

export const suite = createSuite(crypto.randomBytes);
const rules: IdentityRules = { authenticate: () => true, parseIdentity: (identity) => decode(deviceCertCodec, identity) };
const ANSWER_MAX_MS = 30_000;

class Refused extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

type Request = frames.ClientFrame['request'];

/** Code of the refusal, or 'ok'. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'ok',
    (error: unknown) => {
      if (error instanceof Refused) return error.code;
      throw error;
    },
  );
}

export interface Sealed {
  readonly delivery: Uint8Array;
  readonly grant: Uint8Array;
  readonly msgId: Uint8Array;
}

export class Member {
  readonly network: TestNetwork;
  readonly handle: string;
  readonly mlsSeed = crypto.randomBytes(32);
  readonly envSeed = crypto.randomBytes(32);
  readonly mlsSigKey = crypto.ed25519PublicKey(this.mlsSeed);
  readonly envSigKey = crypto.ed25519PublicKey(this.envSeed);
  readonly deviceId = crypto.randomBytes(16);
  accountId: Uint8Array = new Uint8Array(0);
  cert: Uint8Array = new Uint8Array(0);
  group!: Group;
  /** Pushes and drained items, in the order in which they came. */
  readonly items: frames.MailboxItem[] = [];
  readonly pushes: frames.ServerFrame['body'][] = [];
  isClosed = false;
  closeCode = 0;
  #socket: WebSocket | null = null;
  #nextRequest = 1n;
  readonly #waiting = new Map<bigint, { resolve: (frame: frames.ServerFrame) => void; reject: (error: Error) => void }>();
  readonly #packages: OwnKeyPackage[] = [];
  /** By scope in text: the grant, and where its chain stands. */
  readonly scopes = new Map<string, { grant: CreatedGrant; chain: ChainState }>();

  constructor(network: TestNetwork, handle: string) {
    this.network = network;
    this.handle = handle;
  }

  static async enrolled(network: TestNetwork, handle: string, process = 0): Promise<Member> {
    const member = new Member(network, handle);
    await member.enrol(await network.vouchers(1), process);
    await member.connect(process);
    return member;
  }

  get #identity() {
    return { networkId, deviceId: this.deviceId, mlsSigKey: this.mlsSigKey, envSigKey: this.envSigKey };
  }

  url(process = 0): string {
    return this.network.delivery[process]?.urls.public as string;
  }

  async post(path: string, body: unknown, process = 0): Promise<{ status: number; json: Record<string, unknown> }> {
    const response = await fetch(`${this.url(process)}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  }

  /** The request that `enrol` sends, for tests that change it. */
  async enrolRequest(vouchers: readonly string[], process = 0): Promise<Record<string, unknown>> {
    const { status, json } = await this.post('/v1/voucher', { voucher: vouchers[0] }, process);
    if (status !== 200) throw new Refused(json.code as string);
    const statementHash = fromHex(json.statement_hash as string);
    return {
      vouchers,
      handle: this.handle,
      device_id: toHex(this.deviceId),
      mls_sig_key: toHex(this.mlsSigKey),
      env_sig_key: toHex(this.envSigKey),
      consent: {
        statement_hash: toHex(statementHash),
        signature: toHex(createConsent(this.#identity, statementHash, this.envSeed)),
      },
      proof_of_possession: toHex(createPossessionProof(this.#identity, this.mlsSeed)),
    };
  }

  async enrol(vouchers: readonly string[], process = 0): Promise<void> {
    const { status, json } = await this.post('/v1/enrol', await this.enrolRequest(vouchers, process), process);
    if (status !== 200) throw new Refused(json.code as string);
    this.accountId = fromHex(json.account_id as string);
    this.cert = fromHex(json.device_cert as string);
  }

  proof(nowMs = Date.now(), seed = this.envSeed, id = this.deviceId): string {
    const proof = createSessionProof({ audience: 'delivery', networkId, id, seed, nowMs }, crypto.randomBytes);
    return Buffer.from(proof).toString('base64url');
  }

  /** Opens the socket; a refused upgrade rejects with its code. */
  async connect(process = 0, proof = this.proof()): Promise<void> {
    this.#socket?.terminate();
    const socket = await openSocket(`${this.url(process)}/v1/socket`, proof);
    this.#socket = socket;
    this.isClosed = false;
    socket.on('message', (data) => this.#take(fromBinary(frames.ServerFrameSchema, new Uint8Array(data as Buffer))));
    socket.on('close', (code) => {
      if (this.#socket !== socket) return;
      this.isClosed = true;
      this.closeCode = code;
      for (const { reject } of this.#waiting.values()) reject(new Error('the socket closed'));
      this.#waiting.clear();
    });
  }

  disconnect(): void {
    this.#socket?.terminate();
  }

  #take(frame: frames.ServerFrame): void {
    if (frame.requestId !== 0n) {
      this.#waiting.get(frame.requestId)?.resolve(frame);
      this.#waiting.delete(frame.requestId);
    } else if (frame.body.case === 'item') this.items.push(frame.body.value);
    else this.pushes.push(frame.body);
  }

  sendRaw(bytes: Uint8Array): void {
    this.#socket?.send(bytes);
  }

  /** The answer's body; a Refusal rejects. */
  async ask<T = unknown>(request: Request): Promise<T> {
    const requestId = this.#nextRequest++;
    const socket = this.#socket as WebSocket;
    const frame = await new Promise<frames.ServerFrame>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${request.case}`)), ANSWER_MAX_MS);
      const settled = <T>(then: (value: T) => void) => {
        return (value: T) => {
          clearTimeout(timer);
          then(value);
        };
      };
      this.#waiting.set(requestId, { resolve: settled(resolve), reject: settled(reject) });
      socket.send(toBinary(frames.ClientFrameSchema, create(frames.ClientFrameSchema, { requestId, request })));
    });
    if (frame.body.case === 'refusal') throw new Refused(frame.body.value.code);
    return frame.body.value as T;
  }

  async publishKeyPackages(count: number): Promise<void> {
    const keyPackages: Uint8Array[] = [];
    for (let i = 0; i < count; i++) keyPackages.push((await this.keyPackage()).message);
    await this.ask({ case: 'publishKeyPackages', value: create(frames.PublishKeyPackagesSchema, { keyPackages }) });
  }

  async keyPackage(): Promise<OwnKeyPackage> {
    const now = Math.floor(Date.now() / 1000);
    const options = {
      identity: this.cert,
      signatureSeed: Uint8Array.from(this.mlsSeed),
      notBefore: now - 3600,
      notAfter: now + 86_400,
    };
    const own = await createKeyPackage(options, suite);
    this.#packages.push(own);
    return own;
  }

  #env() {
    return {
      rules,
      suite,
      store: { save: async () => {} },
      custodyContexts: () => [concat(networkId, this.network.custodyKey.custodyKeyId)],
    };
  }

  async createGroup(kind = 2): Promise<Uint8Array> {
    const groupId = crypto.randomBytes(16);
    const { group, groupInfo } = await Group.create(groupId, await this.keyPackage(), this.#env());
    this.group = group;
    await this.ask({ case: 'createGroup', value: create(frames.CreateGroupSchema, { groupId, groupInfo, kind }) });
    return groupId;
  }

  commitRequest(frame: CommitFrame, added: readonly Uint8Array[] = []): Request {
    return {
      case: 'commit',
      value: create(frames.SendCommitSchema, {
        groupId: this.group.groupId,
        commit: frame.commit,
        groupInfo: frame.groupInfo,
        welcome: frame.welcome ?? new Uint8Array(0),
        welcomeDeviceIds: [...added],
      }),
    };
  }

  now(): number {
    return Math.floor(Date.now() / 1000);
  }

  /** Adds all devices of the accounts in one Commit. */
  async add(...others: readonly Member[]): Promise<void> {
    const request = create(frames.TakeKeyPackagesSchema, { accountIds: others.map((other) => other.accountId) });
    const { packages } = await this.ask<frames.KeyPackages>({ case: 'takeKeyPackages', value: request });
    const frame = await this.group.commit({ add: packages.map((one) => one.keyPackage), now: this.now() });
    await this.ask(
      this.commitRequest(
        frame,
        packages.map((one) => one.deviceId),
      ),
    );
    await this.group.process(frame.commit);
  }

  /** Drains everything and goes live. */
  async drain(after = 0n): Promise<frames.MailboxItem[]> {
    const found: frames.MailboxItem[] = [];
    for (let cursor = after; ; ) {
      const page = await this.ask<frames.MailboxPage>({
        case: 'drain',
        value: create(frames.DrainSchema, { after: cursor, limit: 100 }),
      });
      found.push(...page.items);
      cursor = page.items.at(-1)?.sequence ?? cursor;
      if (!page.more) break;
    }
    this.items.push(...found);
    return found;
  }

  async ack(upTo: bigint): Promise<void> {
    await this.ask({ case: 'ack', value: create(frames.AckMailboxSchema, { upTo }) });
  }

  /** Joins by the newest Welcome among the items. */
  async join(): Promise<void> {
    await until(() => this.items.some(({ item }) => item.case === 'welcome'));
    const item = this.items.findLast((one) => one.item.case === 'welcome')?.item;
    if (item?.case !== 'welcome') throw new Error('no Welcome');
    for (const own of this.#packages) {
      try {
        this.group = await Group.join(item.value.welcome, own, this.#env());
        return;
      } catch {
        // For another key package.
      }
    }
    throw new Error('no key package opens the Welcome');
  }

  /** Processes the Commits among `items`, from index `from` on. */
  async follow(from = 0): Promise<void> {
    for (const { item } of this.items.slice(from)) {
      if (item.case === 'commit') await this.group.process(item.value.commit).catch(() => {});
      if (item.case === 'proposal') await this.group.process(item.value.proposal).catch(() => {});
    }
  }

  scope(changes: Partial<Scope> = {}): Scope {
    return {
      networkId,
      custodyKeyId: this.network.custodyKey.custodyKeyId,
      groupId: this.group.groupId,
      epoch: this.group.epoch as bigint,
      leafIndex: this.group.ownLeaf as number,
      deviceId: this.deviceId,
      day: dayOf(this.now()),
      ...changes,
    };
  }

  /** The next envelope of the scope, with its MLS message; the chain moves on unless `isTrial`. */
  async seal(
    text: string,
    changes: {
      scope?: Partial<Scope>;
      msgId?: Uint8Array;
      mls?: Uint8Array;
      isTrial?: boolean;
      chain?: ChainState;
      aad?: Uint8Array;
    } = {},
  ): Promise<Sealed> {
    const scope = this.scope(changes.scope);
    const key = JSON.stringify([
      toHex(scope.networkId),
      toHex(scope.custodyKeyId),
      toHex(scope.groupId),
      `${scope.epoch}`,
      scope.leafIndex,
      toHex(scope.deviceId),
      scope.day,
    ]);
    const held = this.scopes.get(key) ?? {
      grant: createGrant(scope, this.network.custodyKey.Y, { dayRoot: crypto.randomBytes(32), envSigSeed: this.envSeed }),
      chain: CHAIN_START,
    };
    this.scopes.set(key, held);
    const msgId = changes.msgId ?? crypto.randomBytes(16);
    const content = encodeContent({ type: 1, expireS: 0, body: text });
    const sealed = sealEnvelope(
      { msgId, grantId: held.grant.grantId, sentMs: BigInt(Date.now()), content },
      changes.chain ?? held.chain,
      { K: held.grant.K, envSigSeed: this.envSeed },
      crypto.randomBytes,
    );
    if (changes.isTrial !== true) held.chain = sealed.chain;
    const { message } =
      changes.mls === undefined
        ? await this.group.encrypt(sealed.mlsPayload, changes.aad ?? sealed.envHash)
        : { message: changes.mls };
    const delivery = concat(sealed.bytes, Uint8Array.of(message.length >>> 8, message.length & 255), message);
    return { delivery, grant: encode(grantCodec, held.grant.grant), msgId };
  }

  submit({ delivery, grant }: Sealed, isWithGrant = true): Promise<frames.MessageAccepted> {
    const value = create(frames.SendMessageSchema, { delivery, grant: isWithGrant ? grant : new Uint8Array(0) });
    return this.ask({ case: 'send', value });
  }

  async say(text: string): Promise<frames.MessageAccepted> {
    return this.submit(await this.seal(text));
  }

  /** Messages among the items. */
  messages(): frames.MessageItem[] {
    return this.items.flatMap(({ item }) => (item.case === 'message' ? [item.value] : []));
  }
}

/** Rejects with the code of a refused upgrade. */
export function openSocket(url: string, proof: string): Promise<WebSocket> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), ['countersign.v1', proof]);
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => reject(new Refused((JSON.parse(text) as { code: string }).code)));
    });
  });
}
