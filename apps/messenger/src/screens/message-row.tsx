/** One message, or what stands in its place. A refused message shows its reason and never its content (PROTOCOL 9). */
import { Stamp } from '@countersign/ui';
import { Button } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconChecks, IconClock, IconCornerUpLeft } from '@tabler/icons-react';
import type { BodyView, MessageView } from '../engine/api.ts';
import { deliveryMark, replacementOf } from '../state/message-text.ts';

interface Props {
  readonly message: MessageView;
  readonly startsRun: boolean;
  readonly quoted: MessageView | null;
  readonly isTabStop: boolean;
  readonly reply: (message: MessageView) => void;
  readonly retry: (message: MessageView) => void;
}

export function MessageRow({ message, startsRun, quoted, isTabStop, reply, retry }: Props) {
  const { own, from, order, body, state } = message;
  if (body?.kind === 'event') return <p className="ms-event">{body.text}</p>;
  const replacement = replacementOf(message);
  const isWarning = replacement !== null && !message.deleted;
  const look = isWarning ? 'ms-bubble-warning' : own ? 'ms-bubble-own' : '';
  return (
    <article
      className={`ms-message ${own ? 'ms-own' : ''} ${startsRun ? 'ms-run' : ''}`}
      data-key={order}
      tabIndex={isTabStop ? 0 : -1}
      aria-label={`${own ? 'You' : from || 'Unknown sender'}`}
    >
      <div className={`ms-bubble ${look} ${state === 'failed' ? 'ms-bubble-failed' : ''}`}>
        {startsRun && !own && from !== '' && <div className="ms-from">{from}</div>}
        {quoted !== null && <Quote message={quoted} />}
        {replacement === null ? (
          <Body body={body} />
        ) : (
          <div className="ms-replacement">
            {isWarning && <IconAlertTriangle size={18} aria-hidden />}
            <div>
              <div>{replacement.title}</div>
              {replacement.detail !== '' && <div className="cs-dim">{replacement.detail}</div>}
              {message.code !== null && <code>{message.code}</code>}
            </div>
          </div>
        )}
        {message.reactions.length > 0 && <div className="ms-reactions">{message.reactions.join(' ')}</div>}
        <Foot message={message} />
      </div>
      <div className="ms-actions">
        {state === 'failed' && (
          <Button size="compact-xs" color="red.9" onClick={() => retry(message)}>
            Send again
          </Button>
        )}
        {replacement === null && message.id !== '' && (
          <button
            type="button"
            tabIndex={-1}
            className="ms-reply"
            aria-label="Reply"
            title="Reply"
            onClick={() => reply(message)}
          >
            <IconCornerUpLeft size={16} aria-hidden />
          </button>
        )}
      </div>
    </article>
  );
}

function Body({ body }: { readonly body: BodyView | null }) {
  if (body === null) return null;
  switch (body.kind) {
    case 'text':
      return (
        <p className="ms-text" dir="auto">
          {body.text}
        </p>
      );
    case 'attachment':
      return (
        <div>
          <div className="ms-file">
            {body.name} <span className="cs-dim">{formatBytes(body.size)}</span>
          </div>
          {body.caption !== '' && <p className="ms-text">{body.caption}</p>}
        </div>
      );
    case 'notice':
      return (
        <div className="ms-notice">
          <strong>Notice under order {body.orderId.slice(0, 8)}</strong>
          <p className="ms-text">{body.text}</p>
        </div>
      );
    case 'event':
    case 'gap':
      return null;
  }
}

function Quote({ message }: { readonly message: MessageView }) {
  const text = replacementOf(message) === null && message.body?.kind === 'text' ? message.body.text : 'not shown';
  return (
    <blockquote className="ms-quote">
      <span className="ms-from">{message.own ? 'You' : message.from}</span>
      <span className="cs-cut">{text}</span>
    </blockquote>
  );
}

function Foot({ message }: { readonly message: MessageView }) {
  const { own, sentMs, edited, state } = message;
  const mark = deliveryMark(message);
  const Icon =
    state === 'queued' ? IconClock : state === 'failed' ? IconAlertTriangle : message.delivered > 0 ? IconChecks : IconCheck;
  return (
    <div className="ms-foot">
      {edited && <span>edited</span>}
      {sentMs > 0 && <Stamp ms={sentMs} />}
      {own && state !== 'gap' && (
        <span className="ms-mark" title={mark}>
          <Icon size={14} role="img" aria-label={mark} />
        </span>
      )}
    </div>
  );
}

function formatBytes(bytes: number): string {
  const unit = bytes < 1000 ? 0 : bytes < 1e6 ? 1 : bytes < 1e9 ? 2 : 3;
  const value = bytes / 1000 ** unit;
  return `${unit === 0 ? value : value.toFixed(1)} ${['B', 'kB', 'MB', 'GB'][unit]}`;
}
