/** Asks for the passphrase of this device's store; who has forgotten it can erase and enrol anew. */
import { ErrorNotice } from '@countersign/ui';
import { Button, PasswordInput, Title } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useApp } from '../state/app-provider.tsx';
import { useAction } from '../state/use-action.ts';
import { EraseButton } from './erase-button.tsx';

export function UnlockScreen() {
  const { engine, open, dispatch } = useApp();
  const [passphrase, setPassphrase] = useState('');
  const unlock = useAction();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void unlock.run(async () => {
      if ((await engine.unlock(passphrase)) === 'open') await open();
      else dispatch({ type: 'phase', phase: 'empty' });
    });
  };
  return (
    <main className="ms-card">
      <Title order={1} size="h2">
        Countersign
      </Title>
      <p>What this device stores is encrypted. Its passphrase opens it.</p>
      <form className="cs-stack" onSubmit={submit}>
        <PasswordInput
          label="Passphrase"
          value={passphrase}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
          autoComplete="current-password"
          autoFocus
          required
        />
        {unlock.error !== null && <ErrorNotice error={unlock.error} />}
        <Button type="submit" loading={unlock.isRunning} disabled={passphrase === ''}>
          Unlock
        </Button>
      </form>
      <EraseButton />
    </main>
  );
}
