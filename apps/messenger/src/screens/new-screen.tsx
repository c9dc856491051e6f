/** Begins a direct conversation by a member's exact name, or a group of several. */
import { ErrorNotice } from '@countersign/ui';
import { Button, SegmentedControl, TagsInput, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useApp } from '../state/app-provider.tsx';
import type { Place } from '../state/place.ts';
import { useAction } from '../state/use-action.ts';
import { PaneHeader } from './pane-header.tsx';

export function NewScreen({ go }: { readonly go: (place: Place) => void }) {
  const { engine } = useApp();
  const [kind, setKind] = useState<'direct' | 'group'>('direct');
  const [handle, setHandle] = useState('');
  const [name, setName] = useState('');
  const [handles, setHandles] = useState<string[]>([]);
  const create = useAction();
  const isReady = kind === 'direct' ? handle.trim() !== '' : name.trim() !== '' && handles.length > 0;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isReady) return;
    void create.run(async () => {
      const id = kind === 'direct' ? await engine.startDirect(handle.trim()) : await engine.createGroup(name.trim(), handles);
      go({ name: 'conversation', id });
    });
  };

  return (
    <>
      <PaneHeader title="New conversation" go={go} />
      <form className="ms-page cs-stack" onSubmit={submit}>
        <SegmentedControl
          aria-label="Kind of conversation"
          value={kind}
          onChange={(value) => setKind(value === 'group' ? 'group' : 'direct')}
          data={[
            { value: 'direct', label: 'One person' },
            { value: 'group', label: 'Group' },
          ]}
        />
        {kind === 'direct' ? (
          <TextInput
            label="Name of the member"
            description="Exactly as it is spelt; members cannot be listed."
            value={handle}
            onChange={(event) => setHandle(event.currentTarget.value)}
            spellCheck={false}
            autoComplete="off"
            autoFocus
          />
        ) : (
          <>
            <TextInput
              label="Name of the group"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              maxLength={128}
              autoComplete="off"
              autoFocus
            />
            <TagsInput
              label="Members"
              description="Their exact names, each followed by Enter."
              value={handles}
              onChange={setHandles}
              acceptValueOnBlur
              splitChars={[',', ' ', ';']}
            />
          </>
        )}
        {create.error !== null && <ErrorNotice error={create.error} />}
        <Button type="submit" loading={create.isRunning} disabled={!isReady}>
          Begin
        </Button>
      </form>
    </>
  );
}
