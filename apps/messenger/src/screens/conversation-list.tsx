/** Every conversation, newest first, with search; and the ways to vouchers, devices and custody. */
import { EmptyNotice, IconButton, LoadingNotice, useScheme } from '@countersign/ui';
import { listTime } from '@countersign/ui/text';
import { Badge, Button, Menu, TextInput, Title, UnstyledButton } from '@mantine/core';
import { IconDots, IconEye, IconPlus, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import type { ConversationView } from '../engine/api.ts';
import { useApp } from '../state/app-provider.tsx';
import { searchConversations } from '../state/model.ts';
import type { Place } from '../state/place.ts';

interface Props {
  readonly chosen: string | null;
  readonly place: Place;
  readonly go: (place: Place) => void;
}

export function ConversationList({ chosen, place, go }: Props) {
  const { model } = useApp();
  const [query, setQuery] = useState('');
  const found = model.conversations === null ? null : searchConversations(model.conversations, query);
  return (
    <nav className="ms-list" aria-label="Conversations">
      <header className="ms-pane-header">
        <div className="cs-grow">
          <Title order={1} size="h5">
            Conversations
          </Title>
          <div className="cs-dim cs-cut">{model.me?.handle}</div>
        </div>
        <IconButton name="New conversation" onClick={() => go({ name: 'new' })}>
          <IconPlus size={20} aria-hidden />
        </IconButton>
        <MoreMenu go={go} />
      </header>
      <div className="ms-search">
        <TextInput
          type="search"
          aria-label="Search conversations"
          placeholder="Search"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
        />
      </div>
      <div className="cs-scroll cs-grow">
        {found === null && <LoadingNotice what="Reading what is stored" />}
        {found?.length === 0 && query === '' && (
          <EmptyNotice title="No conversations yet">
            Begin one with a member’s name, or invite somebody with a voucher.
          </EmptyNotice>
        )}
        {found?.length === 0 && query !== '' && (
          <EmptyNotice title="Nothing found">Titles, names and last lines were searched.</EmptyNotice>
        )}
        {found !== null && found.length > 0 && (
          <ul className="ms-rows">
            {found.map((conversation) => (
              <ConversationRow
                key={conversation.id}
                conversation={conversation}
                isChosen={conversation.id === chosen}
                choose={() => go({ name: 'conversation', id: conversation.id })}
              />
            ))}
          </ul>
        )}
      </div>
      <Button
        variant={place.name === 'readers' ? 'light' : 'subtle'}
        leftSection={<IconEye size={18} aria-hidden />}
        onClick={() => go({ name: 'readers' })}
        radius={0}
        size="md"
        className="ms-readers-button"
      >
        Who can read this
      </Button>
    </nav>
  );
}

interface RowProps {
  readonly conversation: ConversationView;
  readonly isChosen: boolean;
  readonly choose: () => void;
}

function ConversationRow({ conversation, isChosen, choose }: RowProps) {
  const { title, preview, unread, lastMs, kind, members } = conversation;
  return (
    <li>
      <UnstyledButton className="ms-row" onClick={choose} aria-current={isChosen ? 'true' : undefined}>
        <span className="ms-avatar" aria-hidden>
          {[...title][0]?.toUpperCase()}
        </span>
        <span className="cs-grow">
          <span className="cs-row cs-between">
            <span className="cs-cut ms-row-title">{title}</span>
            <span className="cs-dim">{lastMs === 0 ? '' : listTime(lastMs, Date.now())}</span>
          </span>
          <span className="cs-row cs-between">
            <span className="cs-cut cs-dim">
              {preview || (kind === 'group' ? `${members.length} members` : 'No messages yet')}
            </span>
            {unread > 0 && (
              <Badge size="sm" circle={unread < 10} aria-label={`${unread} unread`}>
                {unread > 99 ? '99+' : unread}
              </Badge>
            )}
          </span>
        </span>
      </UnstyledButton>
    </li>
  );
}

function MoreMenu({ go }: { readonly go: (place: Place) => void }) {
  const { scheme, toggle } = useScheme();
  return (
    <Menu position="bottom-end" transitionProps={{ duration: 0 }}>
      <Menu.Target>
        <IconButton name="More">
          <IconDots size={20} aria-hidden />
        </IconButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => go({ name: 'vouchers' })}>Vouchers</Menu.Item>
        <Menu.Item onClick={() => go({ name: 'devices' })}>My devices</Menu.Item>
        <Menu.Item onClick={toggle}>{scheme === 'dark' ? 'Light colours' : 'Dark colours'}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
