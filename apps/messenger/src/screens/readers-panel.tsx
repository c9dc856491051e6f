/** "Who can read this": members, custodians, threshold, and what that means, in words that the protocol keeps. */
import { ErrorNotice, LoadingNotice } from '@countersign/ui';
import { Alert, Title } from '@mantine/core';
import { useCallback } from 'react';
import type { ConversationView, MemberView } from '../engine/api.ts';
import { useApp } from '../state/app-provider.tsx';
import { useLoad } from '../state/use-load.ts';
import { CustodyFacts } from './custody-facts.tsx';

/** `conversation` null: what holds for the whole network. */
export function ReadersPanel({ conversation }: { readonly conversation: ConversationView | null }) {
  const { engine } = useApp();
  const id = conversation?.id ?? null;
  const load = useCallback(() => engine.readers(id), [engine, id]);
  const { value, error, reload } = useLoad(load);
  if (value === null && error !== null) return <ErrorNotice error={error} retry={reload} />;
  if (value === null) return <LoadingNotice what="Reading the member list" />;
  return (
    <div className="cs-stack">
      {conversation !== null && <Members members={value.members} />}
      <section className="cs-stack-tight">
        <Title order={3} size="h5">
          Custody
        </Title>
        {value.custody === null ? (
          <Alert color="orange" title="The custody key is not proven yet">
            This device has not yet seen it in the witnessed log. Until then it sends nothing.
          </Alert>
        ) : (
          <CustodyFacts custody={value.custody} />
        )}
      </section>
      <section className="cs-stack-tight">
        <Title order={3} size="h5">
          What this means
        </Title>
        <ul className="ms-plain">
          <li>Every message is sealed to the members and, in the same act, to custody. This cannot be switched off.</li>
          <li>An agency reads only what a signed order covers, after the order stands in a log that others watch.</li>
          <li>
            If you were under review, you are told when the order’s notice date has come. Its delay never hides that custody
            exists.
          </li>
          <li>The operator carries messages and sees who sends to which group, when and how much, but no content.</li>
          <li>Deleting or disappearing here does not reach the custody copy.</li>
          <li>A member can copy what he reads, and a device that is taken while unlocked can be read.</li>
        </ul>
      </section>
    </div>
  );
}

function Members({ members }: { readonly members: readonly MemberView[] }) {
  return (
    <section className="cs-stack-tight">
      <Title order={3} size="h5">
        Members
      </Title>
      <ul className="ms-members">
        {members.map(({ account, handle, devices, isMe }) => (
          <li key={account}>
            {handle}
            {isMe && ' (you)'} <span className="cs-dim">{devices === 1 ? '1 device' : `${devices} devices`}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
