/** The line to the delivery service: binary frames both ways over one connection that the session proof opens (docs/network.md). */

export interface Link {
  send(frame: Uint8Array): void;
  /** Ends the connection; `closed` is called. */
  close(): void;
}

export interface LinkEvents {
  /** One frame; called in the order of arrival. */
  frame(bytes: Uint8Array): void;
  /** Once, whoever ended it. */
  closed(): void;
}

export interface Transport {
  /**
   * Connects with a session proof. Rejects with an AppError whose code the service named, where the platform shows it, and with
   * `internal.unavailable` otherwise.
   */
  connect(url: string, proof: Uint8Array, events: LinkEvents): Promise<Link>;
}

/** The first of the two values of Sec-WebSocket-Protocol; the proof is the second. */
export const SUBPROTOCOL = 'countersign.v1';

/** The address of the socket of a service at `url` (http or https). */
export function socketUrl(url: string): string {
  return `${url.replace(/^http/, 'ws').replace(/\/+$/, '')}/v1/socket`;
}
