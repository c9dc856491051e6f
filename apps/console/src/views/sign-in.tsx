/** Signing in with an officer's key file: the key stays in the memory of this page and only signs session proofs. */

import { crypto } from '@countersign/crypto';
import { ErrorNotice } from '@countersign/ui';
import { Button, FileInput, Title } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Gateway } from '../api/gateway.ts';
import { parseOfficerFile } from '../api/officer-file.ts';

const OPTIONS = {
  fetch: (...args: Parameters<typeof fetch>) => fetch(...args),
  nowMs: Date.now,
  random: (length: number) => crypto.randomBytes(length),
};

export function SignIn({ done }: { readonly done: (gateway: Gateway) => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (file === null) return;
    setRunning(true);
    setError(null);
    try {
      done(await Gateway.signIn(parseOfficerFile(await file.text()), OPTIONS));
    } catch (thrown) {
      setError(thrown);
      setRunning(false);
    }
  };

  return (
    <main className="rc-card">
      <Title order={1} size="h2">
        Countersign review
      </Title>
      <p>
        You read only what an order in force covers for your agency. Each reading is written to a log that others watch, under
        your name and the order, before the content is shown.
      </p>
      <form className="cs-stack" onSubmit={(event) => void submit(event)}>
        <FileInput
          label="Officer’s key file"
          description="It stays in the memory of this page; reloading signs you out."
          placeholder="Choose the file"
          value={file}
          onChange={setFile}
          accept="application/json,.json"
          clearable
        />
        {error !== null && <ErrorNotice error={error} />}
        <Button type="submit" loading={isRunning} disabled={file === null}>
          Sign in
        </Button>
      </form>
    </main>
  );
}
