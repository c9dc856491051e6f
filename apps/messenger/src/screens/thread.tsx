/** The rows of a thread, virtualised and opened at the end: a log whose rows are walked with the arrow keys, one tab stop in all. */
import { EmptyNotice, LoadingNotice } from '@countersign/ui';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { MessageView } from '../engine/api.ts';
import type { Thread as ThreadState } from '../state/model.ts';
import { type Row, threadRows } from '../state/thread-rows.ts';
import { MessageRow } from './message-row.tsx';

const ROW_PX = 56;
/** From this far off the top older rows are read. */
const OLDER_PX = 400;

interface Props {
  readonly title: string;
  readonly thread: ThreadState;
  readonly loadOlder: () => Promise<boolean>;
  readonly reply: (message: MessageView) => void;
  readonly retry: (message: MessageView) => void;
}

export function Thread({ title, thread, loadOlder, reply, retry }: Props) {
  const { messages, more } = thread;
  const rows = useMemo(() => threadRows(messages, Date.now()), [messages]);
  const byId = useMemo(() => new Map(messages.map((message) => [message.id, message])), [messages]);
  const scroller = useRef<HTMLDivElement>(null);
  const isLoading = useRef(false);
  const [focused, setFocused] = useState<string | null>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => (rows[index] as Row).key,
    anchorTo: 'end',
    followOnAppend: true,
    overscan: 12,
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the thread is first drawn.
  useLayoutEffect(() => virtual.scrollToEnd(), []);

  const readOlder = () => {
    if (isLoading.current || !more || (scroller.current?.scrollTop ?? 0) > OLDER_PX) return;
    isLoading.current = true;
    void loadOlder().finally(() => {
      isLoading.current = false;
    });
  };

  const messageRows = rows.filter((row) => row.kind === 'message');
  const current = focused ?? messageRows.at(-1)?.key ?? null;
  const walk = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
    if (step === 0) return;
    const at = messageRows.findIndex(({ key }) => key === current) + step;
    const next = messageRows[at];
    if (next === undefined) return;
    event.preventDefault();
    setFocused(next.key);
    virtual.scrollToIndex(rows.indexOf(next), { align: 'auto' });
  };
  useEffect(() => {
    if (focused === null) return;
    scroller.current?.querySelector<HTMLElement>(`[data-key="${focused}"]`)?.focus();
  }, [focused]);

  if (rows.length === 0 && more) return <LoadingNotice what="Reading messages" />;
  if (rows.length === 0)
    return (
      <div className="cs-grow">
        <EmptyNotice title="No messages yet">What you write here goes to its members and, sealed, to custody.</EmptyNotice>
      </div>
    );
  return (
    <div ref={scroller} className="ms-thread cs-scroll" onScroll={readOlder}>
      <div
        role="log"
        aria-label={`Messages in ${title}`}
        className="ms-thread-rows"
        style={{ height: virtual.getTotalSize() }}
        onKeyDown={walk}
      >
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index] as Row;
          return (
            <div
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              className="ms-thread-row"
              style={{ transform: `translateY(${item.start}px)` }}
            >
              {row.kind === 'day' ? (
                <h3 className="ms-day">{row.label}</h3>
              ) : (
                <MessageRow
                  message={row.message}
                  startsRun={row.startsRun}
                  quoted={quotedBy(row.message, byId)}
                  isTabStop={row.key === current}
                  reply={reply}
                  retry={retry}
                />
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function quotedBy({ body }: MessageView, byId: ReadonlyMap<string, MessageView>): MessageView | null {
  return body?.kind === 'text' && body.replyTo !== null ? (byId.get(body.replyTo) ?? null) : null;
}
