/** A conversation under one order, around the message that led here: what the order covers of it, before and after. */
import { EmptyNotice, ErrorNotice, LoadingNotice } from '@countersign/ui';
import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import type { MessagePage } from '../api/types.ts';
import { useGateway, useOrderChoice } from '../state/console.tsx';
import { MessageList } from './message-list.tsx';

/** So much of what follows the message is shown with it. */
const CONTEXT_AFTER_MS = 10 * 60_000;
const PAGE_MESSAGES = 100;

export function ConversationView() {
  const { id = '' } = useParams({ strict: false });
  const { message, at, q } = useSearch({ strict: false });
  const { order } = useOrderChoice();
  if (order === null) return <EmptyNotice title="Choose an order">A conversation is read under one order.</EmptyNotice>;
  return <Conversation key={`${id} ${at ?? ''}`} id={id} orderId={order.order_id} message={message} at={at} query={q} />;
}

interface Props {
  readonly id: string;
  readonly orderId: string;
  readonly message: string | undefined;
  readonly at: number | undefined;
  readonly query: string | undefined;
}

function Conversation({ id, orderId, message, at, query }: Props) {
  const gateway = useGateway();
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } = useInfiniteQuery({
    queryKey: ['conversation', id, orderId, at ?? null],
    queryFn: ({ pageParam, signal }) => {
      const parameters = { order: orderId, before_ms: pageParam ?? undefined, limit: PAGE_MESSAGES };
      return gateway.get<MessagePage>(`/v1/conversations/${id}`, parameters, signal);
    },
    initialPageParam: at === undefined ? null : at + CONTEXT_AFTER_MS,
    getNextPageParam: ({ before_ms }) => before_ms,
  });
  if (error !== null) return <ErrorNotice error={error} retry={() => void refetch()} />;
  if (data === undefined) return <LoadingNotice what="Reading the conversation" />;
  const messages = data.pages.toReversed().flatMap((page) => page.messages);
  const people = [...new Set(messages.map(({ from }) => from))];
  return (
    <section className="rc-view" aria-label="Conversation">
      <div className="rc-bar">
        <div className="cs-grow">
          <strong>Conversation {id.slice(0, 8)}</strong>
          <div className="cs-dim">
            {people.length === 0 ? 'nobody' : people.join(', ')} · only what this order covers; others may have written here too
          </div>
        </div>
        {at !== undefined && (
          <Link to="/conversations/$id" params={{ id }} search={{ order: orderId }} className="rc-link">
            Newest
          </Link>
        )}
      </div>
      {messages.length === 0 ? (
        <EmptyNotice title="Nothing of this conversation is covered" />
      ) : (
        <MessageList
          label="Messages of the conversation"
          messages={messages}
          {...(query === undefined ? {} : { query })}
          followsEnd={message === undefined}
          initial={message === undefined ? null : `${orderId}/${message}`}
          opensConversation={false}
          before={
            hasNextPage ? (
              <div className="rc-more">
                <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                  Older messages
                </Button>
              </div>
            ) : (
              <p className="cs-dim rc-note">The beginning of what this order covers here.</p>
            )
          }
        />
      )}
    </section>
  );
}
