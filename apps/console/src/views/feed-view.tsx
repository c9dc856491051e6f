/** What arrives, as it arrives: pause and resume without loss, and always how far behind the screen is. */
import { EmptyNotice, Stamp } from '@countersign/ui';
import { errorText, formatDuration } from '@countersign/ui/text';
import { Button } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { ApiError } from '../api/api-error.ts';
import type { Gateway } from '../api/gateway.ts';
import { useGateway, useNow, useOrderChoice } from '../state/console.tsx';
import { FEED_MESSAGES_MAX, Feed, type FeedSnapshot } from '../state/feed.ts';
import { orderTitle } from '../state/order-text.ts';
import { MessageList } from './message-list.tsx';

export function FeedView() {
  const gateway = useGateway();
  const { order, inForce } = useOrderChoice();
  const orderId = order?.order_id ?? null;
  const feed = useMemo(() => createFeed(gateway, orderId), [gateway, orderId]);
  useEffect(() => {
    feed.start();
    return () => feed.stop();
  }, [feed]);
  const snapshot = useSyncExternalStore(feed.subscribe, feed.snapshot);
  const isPaused = snapshot.state === 'paused';
  const toggle = () => (isPaused ? feed.resume() : feed.pause());
  useHotkeys([['p', toggle]]);
  const orderNames = order === null ? new Map(inForce.map((one) => [one.order_id, orderTitle(one)])) : undefined;

  return (
    <section className="rc-view" aria-label="Feed">
      <div className="rc-bar">
        <Button
          size="compact-md"
          variant={isPaused ? 'filled' : 'default'}
          leftSection={isPaused ? <IconPlayerPlay size={16} aria-hidden /> : <IconPlayerPause size={16} aria-hidden />}
          onClick={toggle}
        >
          {isPaused ? 'Resume' : 'Pause'}
        </Button>
        <FeedHealth snapshot={snapshot} resume={() => feed.resume()} />
      </div>
      {snapshot.messages.length === 0 ? (
        <EmptyNotice title={inForce.length === 0 ? 'No order in force' : 'Nothing has arrived yet'}>
          {inForce.length === 0
            ? 'As soon as an order names your agency, what it covers appears here.'
            : 'The feed goes on from where you left it on this computer. What came before is found by search.'}
        </EmptyNotice>
      ) : (
        <MessageList label="Messages as they arrive" messages={snapshot.messages} followsEnd orderNames={orderNames} />
      )}
      {snapshot.total > FEED_MESSAGES_MAX && (
        <p className="cs-dim rc-note">
          The newest {FEED_MESSAGES_MAX} of {snapshot.total} are on this screen.
        </p>
      )}
    </section>
  );
}

/** "No messages" is never confused with "no feed". */
function FeedHealth({ snapshot, resume }: { readonly snapshot: FeedSnapshot; readonly resume: () => void }) {
  const nowMs = useNow();
  const { state, code, delayMs, heardMs, pausedMs } = snapshot;
  const quietMs = heardMs === null ? null : nowMs - heardMs;
  return (
    <div className="cs-row cs-wrap" role="status">
      <span className={`rc-state rc-state-${state}`}>{state}</span>
      {state === 'live' && delayMs !== null && <span>{(delayMs / 1000).toFixed(1)} s behind at the newest message</span>}
      {state === 'live' && quietMs !== null && quietMs >= 10_000 && (
        <span className="cs-dim">connected, nothing new for {formatDuration(quietMs)}</span>
      )}
      {pausedMs !== null && (
        <span>{formatDuration(nowMs - pausedMs)} behind: nothing is fetched or logged as read until you resume</span>
      )}
      {code !== null && <span>{errorText(code).title}</span>}
      {code !== null && <code>{code}</code>}
      {state === 'ended' && (
        <Button size="compact-sm" variant="default" onClick={resume}>
          Try again
        </Button>
      )}
      {heardMs !== null && (
        <span className="cs-dim">
          last heard <Stamp ms={heardMs} as="seconds" />
        </span>
      )}
    </div>
  );
}

/** Where each officer left the feed of each order: a position, no content. */
function createFeed(gateway: Gateway, orderId: string | null): Feed {
  const place = `feed ${Array.from(gateway.officer.id, (byte) => byte.toString(16).padStart(2, '0')).join('')} ${orderId ?? 'all'}`;
  return new Feed({
    open: async (after, signal) => {
      const response = await gateway.open('/v1/feed', { after, order: orderId ?? undefined }, signal);
      if (response.body === null) throw new ApiError('internal.unavailable');
      return response.body;
    },
    nowMs: Date.now,
    after: (ms, work) => {
      const timer = setTimeout(work, ms);
      return () => clearTimeout(timer);
    },
    cursor: /^\d{1,19}$/.exec(localStorage.getItem(place) ?? '')?.[0] ?? '0',
    saveCursor: (cursor) => localStorage.setItem(place, cursor),
  });
}
