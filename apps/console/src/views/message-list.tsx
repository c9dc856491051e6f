/** A list of messages, virtualised, walked with j and k; Enter opens the conversation. */
import { useHotkeys } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { ShownMessage } from '../api/types.ts';
import { moved, rowKey } from '../state/message-list.ts';
import { MessageItem } from './message-item.tsx';

const ROW_PX = 64;

interface Props {
  readonly label: string;
  readonly messages: readonly ShownMessage[];
  readonly query?: string;
  /** New rows come at the end, and the end stays in view while it is in view. */
  readonly followsEnd?: boolean;
  /** Chosen at first, and scrolled to. */
  readonly initial?: string | null;
  readonly opensConversation?: boolean;
  /** By order id, where the list mixes orders. */
  readonly orderNames?: ReadonlyMap<string, string> | undefined;
  readonly before?: ReactNode;
  readonly after?: ReactNode;
}

export function MessageList(props: Props) {
  const {
    label,
    messages,
    query,
    followsEnd = false,
    initial = null,
    opensConversation = true,
    orderNames,
    before,
    after,
  } = props;
  const scroller = useRef<HTMLElement>(null);
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<string | null>(initial);
  const virtual = useVirtualizer({
    count: messages.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => rowKey(messages[index] as ShownMessage),
    overscan: 10,
    ...(followsEnd ? { anchorTo: 'end' as const, followOnAppend: true } : {}),
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the list is first drawn.
  useLayoutEffect(() => {
    if (followsEnd) virtual.scrollToEnd();
  }, []);
  useEffect(() => setChosen(initial), [initial]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the choice moves, not when rows arrive.
  useEffect(() => {
    const index = messages.findIndex((message) => rowKey(message) === chosen);
    if (index !== -1) virtual.scrollToIndex(index, { align: chosen === initial ? 'center' : 'auto' });
  }, [chosen]);

  const open = (message: ShownMessage) =>
    void navigate({
      to: '/conversations/$id',
      params: { id: message.conversation },
      search: { order: message.order_id, message: message.message_id, at: message.received_ms, q: query || undefined },
    });
  useHotkeys([
    ['j', () => setChosen(moved(messages, chosen, 1))],
    ['k', () => setChosen(moved(messages, chosen, -1))],
    [
      'Enter',
      () => {
        const message = messages.find((one) => rowKey(one) === chosen);
        if (message !== undefined && opensConversation) open(message);
      },
    ],
  ]);

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1).
    <section ref={scroller} className="rc-list cs-scroll" tabIndex={0} aria-label={label}>
      {before}
      <div role="log" aria-label={label} aria-live="off" className="rc-rows" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const message = messages[item.index] as ShownMessage;
          return (
            <div
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              className="rc-row"
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <MessageItem
                message={message}
                {...(query === undefined ? {} : { query })}
                orderName={orderNames?.get(message.order_id)}
                isChosen={rowKey(message) === chosen}
                choose={() => setChosen(rowKey(message))}
                {...(opensConversation ? { open: () => open(message) } : {})}
              />
            </div>
          );
        })}
      </div>
      {after}
    </section>
  );
}
