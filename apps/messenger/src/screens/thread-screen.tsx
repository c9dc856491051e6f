/** One conversation: its messages, the composer, and always one tap away who can read it. */
import { Banner, EmptyNotice, ErrorNotice, IconButton } from '@countersign/ui';
import { Drawer } from '@mantine/core';
import { IconEye } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import type { ConversationStatus, ConversationView, MessageView } from '../engine/api.ts';
import { useApp } from '../state/app-provider.tsx';
import type { Place } from '../state/place.ts';
import { useAction } from '../state/use-action.ts';
import { Composer } from './composer.tsx';
import { PaneHeader } from './pane-header.tsx';
import { ReadersPanel } from './readers-panel.tsx';
import { Thread } from './thread.tsx';

const NOTES: Readonly<Record<ConversationStatus, string>> = {
  creating: 'This conversation is made at the service as soon as the device is connected.',
  active: '',
  resync: 'This device has lost step with the group and rejoins by itself; a gap may remain.',
  stopped: 'The member list in the log differs from the one this device knows. Nothing is sent here; it was reported.',
  left: 'You are no member here any more. What you have stays; nothing new arrives.',
};

export function ThreadScreen({ id, go }: { readonly id: string; readonly go: (place: Place) => void }) {
  const { model, engine, loadPage } = useApp();
  const [showsReaders, setShowsReaders] = useState(false);
  const [replyTo, setReplyTo] = useState<MessageView | null>(null);
  const { run, error } = useAction();
  const conversation = model.conversations?.find((candidate) => candidate.id === id);
  const thread = model.threads.get(id);
  const newest = thread?.messages.at(-1)?.order;

  // biome-ignore lint/correctness/useExhaustiveDependencies: read once when the thread opens; later rows come as events.
  useEffect(() => void run(() => loadPage(id, null)), [id]);
  useMarkRead(id, newest, conversation?.unread ?? 0, engine.markRead);

  if (conversation === undefined) return <EmptyNotice title="No such conversation on this device" />;
  const { status, title } = conversation;
  return (
    <div className="ms-thread-pane">
      <PaneHeader title={title} detail={subtitleOf(conversation)} go={go}>
        <IconButton name="Who can read this" onClick={() => setShowsReaders(true)}>
          <IconEye size={20} aria-hidden />
        </IconButton>
      </PaneHeader>
      {NOTES[status] !== '' && <Banner tone={status === 'stopped' ? 'danger' : 'warning'}>{NOTES[status]}</Banner>}
      {error !== null && <ErrorNotice error={error} retry={() => void run(() => loadPage(id, null))} />}
      {thread !== undefined && (
        <Thread
          title={title}
          thread={thread}
          loadOlder={() => run(() => loadPage(id, thread.messages[0]?.order ?? null))}
          reply={setReplyTo}
          retry={(message) => void run(() => engine.retry(message.id))}
        />
      )}
      <TypingLine conversation={id} />
      <Composer
        key={id}
        isDisabled={status === 'left' || status === 'stopped'}
        replyTo={replyTo}
        cancelReply={() => setReplyTo(null)}
        send={async (text) => {
          await engine.send(id, text, replyTo?.id ?? null);
          setReplyTo(null);
        }}
      />
      <Drawer
        opened={showsReaders}
        onClose={() => setShowsReaders(false)}
        position="right"
        title="Who can read this"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <ReadersPanel conversation={conversation} />
      </Drawer>
    </div>
  );
}

/** Read means: on screen, in a window that is visible and has the focus. */
function useMarkRead(id: string, newest: string | undefined, unread: number, markRead: (id: string) => Promise<void>): void {
  useEffect(() => {
    const mark = () => {
      if (unread === 0 || newest === undefined || document.visibilityState !== 'visible' || !document.hasFocus()) return;
      // What could not be marked now is marked with the next message or focus.
      markRead(id).catch(() => undefined);
    };
    mark();
    window.addEventListener('focus', mark);
    return () => window.removeEventListener('focus', mark);
  }, [id, newest, unread, markRead]);
}

function subtitleOf({ kind, members, expireS }: ConversationView): string {
  const who =
    kind === 'direct' ? 'Direct conversation' : `${members.length} members: ${members.map(({ handle }) => handle).join(', ')}`;
  return expireS === 0 ? who : `${who} · disappears here after ${expireS} s, custody keeps its copy`;
}

const TYPING_MS = 6000;

function TypingLine({ conversation }: { readonly conversation: string }) {
  const { model } = useApp();
  const [, redraw] = useState(0);
  const typing = model.typing?.conversation === conversation ? model.typing : null;
  const isRecent = typing !== null && Date.now() - typing.ms < TYPING_MS;
  useEffect(() => {
    if (typing === null) return;
    const timer = setTimeout(() => redraw((count) => count + 1), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typing]);
  return <div className="ms-typing cs-dim">{isRecent ? `${typing.handle} is typing` : ''}</div>;
}
