/** One message as a record of its own: who, when in UTC and local time, under which order, and its stable citation. */
import { formatLocal, highlight, timeParts, zoneName } from '@countersign/ui/text';
import { Fragment } from 'react';
import type { ShownMessage } from '../api/types.ts';
import { citation, kindText } from '../state/message-list.ts';

interface Props {
  readonly message: ShownMessage;
  readonly query?: string;
  /** Shown where the list mixes orders. */
  readonly orderName?: string | undefined;
  readonly isChosen: boolean;
  readonly choose: () => void;
  readonly open?: () => void;
}

export function MessageItem({ message, query = '', orderName, isChosen, choose, open }: Props) {
  const kind = kindText(message);
  return (
    <article
      className={`rc-message ${isChosen ? 'rc-chosen' : ''}`}
      aria-current={isChosen ? 'true' : undefined}
      aria-label={`${message.from}, ${formatLocal(message.sent_ms)}`}
    >
      <Moment ms={message.sent_ms} />
      <div className="rc-message-body">
        <div className="cs-row cs-wrap">
          <button
            type="button"
            className="rc-from"
            onClick={choose}
            title={`account ${message.account_id}\ndevice ${message.device_id}`}
          >
            {message.from || message.account_id.slice(0, 8)}
          </button>
          {orderName !== undefined && <span className="rc-kind">{orderName}</span>}
          {kind !== '' && <span className="rc-kind">{kind}</span>}
          <span className="cs-dim rc-cite" title={`message ${message.message_id}`}>
            {citation(message)}
          </span>
        </div>
        <p className="rc-text" dir="auto">
          <Words text={message.text} query={query} />
        </p>
      </div>
      {open !== undefined && (
        <button type="button" className="rc-open" onClick={open}>
          In conversation
        </button>
      )}
    </article>
  );
}

function Words({ text, query }: { readonly text: string; readonly query: string }) {
  if (query === '') return text;
  let at = 0;
  return highlight(text, query).map(({ text: piece, isHit }) => {
    at += piece.length;
    return isHit ? <mark key={at}>{piece}</mark> : <Fragment key={at}>{piece}</Fragment>;
  });
}

function Moment({ ms }: { readonly ms: number }) {
  const utc = timeParts(ms, 'UTC');
  const local = timeParts(ms, null);
  return (
    <time className="rc-moment" dateTime={new Date(ms).toISOString()}>
      <span>
        {utc.date} {utc.seconds} UTC
      </span>
      <span className="cs-dim">
        {local.date === utc.date ? '' : `${local.date} `}
        {local.seconds} {zoneName(ms, null)}
      </span>
    </time>
  );
}
