/** Search under one order: words are looked up blindly in the archive, hits are highlighted here. */
import { EmptyNotice, ErrorNotice, LoadingNotice } from '@countersign/ui';
import { Button, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import type { MessagePage } from '../api/types.ts';
import { useGateway, useOrderChoice } from '../state/console.tsx';
import { MessageList } from './message-list.tsx';

export function SearchView() {
  const { q = '' } = useSearch({ strict: false });
  const { order, inForce } = useOrderChoice();
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(q);
  useEffect(() => setText(q), [q]);
  useEffect(() => input.current?.focus(), []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void navigate({ to: '/search', search: (before) => ({ ...before, q: text.trim() || undefined }) });
    input.current?.blur();
  };

  return (
    <section className="rc-view" aria-label="Search">
      <search>
        <form className="rc-bar" onSubmit={submit}>
          <TextInput
            ref={input}
            type="search"
            className="cs-grow"
            aria-label="Words to look for"
            placeholder="Words to look for; all of them must be in the message"
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            maxLength={500}
          />
          <Button type="submit" disabled={text.trim() === '' || order === null}>
            Search
          </Button>
        </form>
      </search>
      {order === null ? (
        <EmptyNotice title={inForce.length === 0 ? 'No order in force' : 'Choose an order'}>
          A search is made under one order, which is named in the log of readings.
        </EmptyNotice>
      ) : q === '' ? (
        <EmptyNotice title="What the chosen order covers can be searched">
          Every search and every hit that is shown is logged as a reading.
        </EmptyNotice>
      ) : (
        <Results key={`${order.order_id} ${q}`} orderId={order.order_id} query={q} />
      )}
    </section>
  );
}

function Results({ orderId, query }: { readonly orderId: string; readonly query: string }) {
  const gateway = useGateway();
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } = useInfiniteQuery({
    queryKey: ['search', orderId, query],
    queryFn: ({ pageParam, signal }) =>
      gateway.get<MessagePage>('/v1/search', { q: query, order: orderId, before_ms: pageParam ?? undefined }, signal),
    initialPageParam: null as number | null,
    getNextPageParam: ({ before_ms }) => before_ms,
  });
  if (error !== null) return <ErrorNotice error={error} retry={() => void refetch()} />;
  if (data === undefined) return <LoadingNotice what="Searching the archive" />;
  const messages = data.pages.flatMap((page) => page.messages);
  if (messages.length === 0 && !hasNextPage) {
    return <EmptyNotice title="Nothing found under this order">Words are matched whole, in any case.</EmptyNotice>;
  }
  return (
    <MessageList
      label="Messages found, newest first"
      messages={messages}
      query={query}
      before={
        <p className="cs-dim rc-note">
          {hasNextPage ? `${messages.length} newest hits` : `${messages.length} hits, newest first`}
        </p>
      }
      after={
        hasNextPage ? (
          <div className="rc-more">
            <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              Older hits
            </Button>
          </div>
        ) : undefined
      }
    />
  );
}
