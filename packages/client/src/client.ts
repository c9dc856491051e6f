/** The messenger engine of one device: what an application sees of it. Ids of accounts, devices, conversations and messages are hex. */
import { create } from '@bufbuild/protobuf';
import { fromHex, toHex } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import { type Attachment, ContentType, dayOf, sealAttachment } from '@countersign/custody';
import { createSuite } from '@countersign/mls';
import { AppError, createSessionProof, deliveryFrames, type FeaturePolicy } from '@countersign/wire';
import { contentOf, type Draft } from './drafts.ts';
import { Blobs, type Fetch } from './engine/blobs.ts';
import type { Context } from './engine/context.ts';
import { accountsOf, readConversation } from './engine/conversations.ts';
import { findHandle } from './engine/directory.ts';
import { type ClientEvent, Events } from './engine/events.ts';
import { addAccounts, announceLeave, createConversation, removeAccounts } from './engine/membership.ts';
import { enqueue, retryFailed } from './engine/outbox.ts';
import { custodyOf, handleOf, type Readers, readersOf, safetyNumberWith } from './engine/readers.ts';
import { Tender } from './engine/tender.ts';
import { untilSent } from './engine/until-sent.ts';
import { type EnrolOptions, enrolDevice, readDevice } from './enrolment.ts';
import { identityRules, type Network } from './network/network.ts';
import { Devices, Vouchers } from './own-account.ts';
import { type Clock, nowS } from './port/clock.ts';
import type { Store } from './port/store.ts';
import type { Transport } from './port/transport.ts';
import { Connection, type ConnectionState } from './session/connection.ts';
import type { Session } from './session/session.ts';
import { type AccountRecord, type ConversationRecord, type DeviceRecord, type MessageRecord, TABLES } from './store/tables.ts';
import { Vault } from './store/vault.ts';
import { readNetwork, Sync, type SyncState } from './sync.ts';

export interface ClientOptions {
  readonly store: Store;
  readonly transport: Transport;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly random: Random;
}

export interface Sent {
  readonly messageId: string;
  /** When the relay has it, on disk and in custody; rejects with the code that it was given up with. */
  readonly acked: Promise<void>;
}

export interface MessageQuery {
  /** Only rows before this one's `order`. */
  readonly before?: string;
  /** The newest so many; all when left out. */
  readonly limit?: number;
}

export class Client {
  readonly events = new Events();
  readonly vouchers: Vouchers;
  readonly devices: Devices;
  readonly #options: ClientOptions;
  readonly #state: SyncState;
  readonly #ctx: Context;
  readonly #tender: Tender;
  readonly #sync: Sync;
  readonly #connection: Connection;
  readonly #blobs: Blobs;

  private constructor(options: ClientOptions, device: DeviceRecord) {
    const { store, transport, fetch, clock, random } = options;
    this.#options = options;
    this.#state = { network: null, device };
    const suite = createSuite(random);
    const vault = new Vault(store, {
      suite,
      rules: identityRules(() => this.#network),
      custodyContexts: () => this.#network.custodyContexts(this.#floorDay(), nowS(clock)),
    });
    const { events } = this;
    this.#ctx = {
      ...{ vault, events, clock, random, suite },
      device: () => this.#state.device,
      network: () => this.#network,
      session: () => this.#connection.session,
      refreshNetwork: (session) => this.#sync.refreshNetwork(session),
      poke: (id) => this.#tender.poke(id),
    };
    this.#blobs = new Blobs(device.url, fetch);
    this.#tender = new Tender(this.#ctx, (blob) => this.#blobs.upload(this.#online(), nowS(clock), blob));
    this.#sync = new Sync(this.#ctx, this.#state, this.#tender);
    this.#connection = new Connection({
      ...{ url: device.url, transport, clock, random },
      createProof: () => this.#createProof(),
      sync: (session) => this.#sync.begin(session),
      push: (session, body) => this.#sync.receive(session, body),
      changed: (state, code) => this.#connectionChanged(state, code),
    });
    const account = { ctx: this.#ctx, sync: this.#sync, online: () => this.#online() };
    this.vouchers = new Vouchers(account);
    this.devices = new Devices(account);
    events.on('revoked', () => this.disconnect());
  }

  /** Makes a device, has it certified and opens it; see `enrolDevice`. */
  static async enrol(options: ClientOptions & Omit<EnrolOptions, keyof ClientOptions>): Promise<Client> {
    await enrolDevice(options);
    return Client.open(options);
  }

  /** The device that the store holds; `session.proof_invalid` when it holds none. */
  static async open(options: ClientOptions): Promise<Client> {
    const device = await readDevice(options.store);
    if (device === null) throw new AppError('session.proof_invalid', 'no device in this store');
    const client = new Client(options, device);
    client.#state.network = await readNetwork(client.#ctx.vault);
    return client;
  }

  get me(): { readonly account: string; readonly device: string; readonly handle: string; readonly url: string } {
    const { accountId, deviceId, handle, url } = this.#state.device;
    return { account: toHex(accountId), device: toHex(deviceId), handle, url };
  }

  /** The operator's switches; null before the first connection. */
  get policy(): FeaturePolicy | null {
    return this.#state.network?.facts.policy ?? null;
  }

  get connectionState(): ConnectionState {
    return this.#connection.state;
  }

  /** When the service was last heard, in unix milliseconds; null since the start. */
  get lastReceivedMs(): number | null {
    return this.#sync.inbox.lastReceivedMs;
  }

  /** Connects, and stays connected until `disconnect`. Resolves when the device is online with all its mail; `signal` ends the wait. */
  async connect(signal?: AbortSignal): Promise<void> {
    if (this.#connection.state === 'online') return;
    const online = this.events.when(
      (event) => (event.type === 'connection' && event.state === 'online' ? true : undefined),
      signal,
    );
    void this.#sync.sweep();
    this.#connection.start();
    await online;
  }

  disconnect(): void {
    this.#sync.stop();
    this.#tender.stop();
    this.#connection.stop();
  }

  /** Ends the line and closes the store; what waits to be sent stays there. */
  async close(): Promise<void> {
    this.disconnect();
    await this.#ctx.vault.close();
  }

  async conversations(): Promise<ConversationRecord[]> {
    return (await this.#ctx.vault.scan<ConversationRecord>(TABLES.conversation)).map(({ value }) => value);
  }

  conversation(id: string): Promise<ConversationRecord | null> {
    return readConversation(this.#ctx.vault, id);
  }

  /** Rows in their order, the newest `limit` of them. */
  async messages(id: string, { before, limit }: MessageQuery = {}): Promise<MessageRecord[]> {
    const rows = await this.#ctx.vault.scan<MessageRecord>(TABLES.message, {
      prefix: `${id}/`,
      reverse: true,
      ...(before === undefined ? {} : { after: `${id}/${before}` }),
      ...(limit === undefined ? {} : { limit }),
    });
    return rows.reverse().map(({ value }) => value);
  }

  async message(messageId: string): Promise<MessageRecord | null> {
    const place = await this.#ctx.vault.get<{ conversation: string; order: string }>(TABLES.messageId, messageId);
    return place === null ? null : this.#ctx.vault.get<MessageRecord>(TABLES.message, `${place.conversation}/${place.order}`);
  }

  /** The handle of an account, as far as it is known. */
  handleOf(account: string): Promise<string | null> {
    return handleOf(this.#ctx, account);
  }

  /** The account of a handle; `input.unknown_account`. Asks the service unless it is known. */
  async accountOf(handle: string): Promise<string> {
    const folded = handle.toLowerCase();
    const known = (await this.#ctx.vault.scan<AccountRecord>(TABLES.account)).find(
      ({ value }) => value.handle.toLowerCase() === folded,
    );
    return known?.value.account ?? (await findHandle(this.#ctx, this.#online(), handle)).account;
  }

  /** The direct conversation with a member: the one there is, or a new one. */
  async direct(handle: string): Promise<string> {
    return this.directWith(await this.accountOf(handle));
  }

  /** The same with an account, whatever its handle is. */
  async directWith(account: string): Promise<string> {
    if (account === this.me.account) throw new AppError('input.unknown_account');
    for (const conversation of await this.conversations()) {
      if (conversation.kind !== 'direct' || conversation.status === 'left') continue;
      const others = [...accountsOf(conversation), ...conversation.invited].filter((one) => one !== this.me.account);
      if (others.includes(account)) return conversation.id;
    }
    return this.#start('direct', [account]);
  }

  async createGroup(name: string, handles: readonly string[]): Promise<string> {
    const accounts: string[] = [];
    for (const handle of handles) accounts.push(await this.accountOf(handle));
    const id = await this.#start('group', accounts);
    if (name !== '') await this.send(id, { kind: 'name', name });
    return id;
  }

  async addMembers(id: string, handles: readonly string[]): Promise<void> {
    const accounts: string[] = [];
    for (const handle of handles) accounts.push(await this.accountOf(handle));
    await this.#tender.exclusively(id, () => addAccounts(this.#ctx, this.#online(), id, accounts));
    await this.#introduce(id);
  }

  async removeMembers(id: string, handles: readonly string[]): Promise<void> {
    const accounts: string[] = [];
    for (const handle of handles) accounts.push(await this.accountOf(handle));
    await this.#tender.exclusively(id, () => removeAccounts(this.#ctx, this.#online(), id, accounts));
  }

  /** Asks to be let go; the others do it as soon as one of them is online. */
  async leave(id: string): Promise<void> {
    await this.#tender.exclusively(id, () => announceLeave(this.#ctx, this.#online(), id));
  }

  /** Enters again in place of this device's own leaf, for a member who sees that something is wrong. */
  async resync(id: string): Promise<void> {
    await this.#ctx.vault.turn(async (work) => {
      const conversation = await readConversation(work, id);
      if (conversation === null || conversation.status === 'left') throw new AppError('input.unknown_group');
      work.put(TABLES.conversation, id, { ...conversation, status: 'resync' });
      work.after(() => this.#tender.poke(id));
    });
  }

  /** Puts a content in the outbox; offline it waits there. `content.not_owner`, `content.not_admin` or a decode fault at once. */
  async send(id: string, draft: Draft): Promise<Sent> {
    const messageId = await this.#ctx.vault.turn(async (work) => {
      const conversation = await readConversation(work, id);
      if (conversation === null) throw new AppError('input.unknown_group');
      return enqueue(this.#ctx, work, id, contentOf(draft, conversation), null);
    });
    return { messageId, acked: this.acked(messageId) };
  }

  /** Seals the bytes under a fresh key; the relay has the blob before the message. */
  async sendAttachment(
    id: string,
    file: { readonly name: string; readonly mime: string; readonly caption?: string; readonly data: Uint8Array },
  ): Promise<Sent> {
    const { name, mime, caption = '', data } = file;
    if (this.policy !== null && data.length > this.policy.blob_bytes_max) throw new AppError('limit.blob_bytes');
    const { ref, blob } = sealAttachment(data, this.#options.random(32));
    const messageId = await this.#ctx.vault.turn(async (work) => {
      const conversation = await readConversation(work, id);
      if (conversation === null) throw new AppError('input.unknown_group');
      const { expireS } = conversation;
      const content = { type: ContentType.attachment, expireS, ...ref, name, mime, caption } as const;
      return enqueue(this.#ctx, work, id, content, blob);
    });
    return { messageId, acked: this.acked(messageId) };
  }

  /** The bytes of an attachment, checked whole: `attachment.invalid`, `input.unknown_blob`. */
  download(attachment: Attachment): Promise<Uint8Array> {
    return this.#blobs.download(this.#online(), nowS(this.#options.clock), attachment);
  }

  /** Resolves when the relay has the own message, also one of an earlier run. */
  acked(messageId: string): Promise<void> {
    return untilSent(this.#ctx, messageId);
  }

  /** Sends a failed message again. */
  async retry(messageId: string): Promise<void> {
    await this.#ctx.vault.turn((work) => retryFailed(this.#ctx, work, messageId, true));
  }

  /** Forgets a failed message. */
  async discard(messageId: string): Promise<void> {
    await this.#ctx.vault.turn((work) => retryFailed(this.#ctx, work, messageId, false));
  }

  /** Tells the others that this member is writing; lost when offline. */
  async typing(id: string): Promise<void> {
    const session = this.#ctx.session();
    if (session === null) return;
    const request = create(deliveryFrames.SetTypingSchema, { groupId: fromHex(id) });
    await session.call({ case: 'typing', value: request }, 'done');
  }

  whoCanRead(id: string): Promise<Readers> {
    return readersOf(this.#ctx, this.#state.network, id);
  }

  /** Today's custodians, as proven against the network root and the log; null while they are not. */
  custody(): Readers['custody'] {
    return custodyOf(this.#state.network, nowS(this.#options.clock));
  }

  /** The number that this member and the other of a direct conversation compare. */
  safetyNumber(handle: string): Promise<string> {
    return safetyNumberWith(this.#ctx, this.#online(), handle);
  }

  /** Plain text to the operator, who will read it. */
  async sendFeedback(text: string): Promise<void> {
    const request = create(deliveryFrames.FeedbackSchema, { text });
    await this.#online().call({ case: 'feedback', value: request }, 'done');
  }

  /** All events from now on. */
  stream(signal?: AbortSignal): AsyncGenerator<ClientEvent, void> {
    return this.events.iterate(signal);
  }

  get #network(): Network {
    if (this.#state.network === null)
      throw new AppError('internal.unavailable', 'the network is not known before the first connection');
    return this.#state.network;
  }

  #online(): Session {
    const session = this.#ctx.session();
    if (session === null) throw new AppError('internal.unavailable');
    return session;
  }

  /** Keys of an epoch must reach back to the oldest day that mail may still be of. */
  #floorDay(): number {
    const { maxEpochAgeS } = this.#network.profile;
    return dayOf(nowS(this.#options.clock) - maxEpochAgeS);
  }

  #createProof(): Uint8Array {
    const { anchor, deviceId, envSeed } = this.#state.device;
    const { clock, random } = this.#options;
    const { networkId } = anchor;
    return createSessionProof({ audience: 'delivery', networkId, id: deviceId, seed: envSeed, nowMs: clock.nowMs() }, random);
  }

  #connectionChanged(state: ConnectionState, code: string | null): void {
    this.events.emit({ type: 'connection', state, code });
    if (state !== 'online') return;
    const session = this.#online();
    this.#sync.resume(session).catch(() => session.close());
  }

  async #start(kind: ConversationRecord['kind'], accounts: readonly string[]): Promise<string> {
    const others = accounts.filter((account) => account !== this.me.account);
    const id = await createConversation(this.#ctx, kind, others);
    this.#tender.poke(id);
    return id;
  }

  /** Newcomers are told the group's name, picture and admins, which were said before they came. */
  async #introduce(id: string): Promise<void> {
    const conversation = await readConversation(this.#ctx.vault, id);
    if (conversation === null || conversation.kind === 'direct' || !conversation.admins.includes(this.me.account)) return;
    await this.send(id, { kind: 'admins', accounts: conversation.admins });
    if (conversation.name !== null) await this.send(id, { kind: 'name', name: conversation.name });
    if (conversation.picture !== null) await this.send(id, { kind: 'picture', picture: conversation.picture });
  }
}
