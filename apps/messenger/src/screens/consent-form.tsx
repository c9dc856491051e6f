/** The custody statement, word by word as its hash is signed, then consent, a name and the passphrase of the store. */
import { ErrorNotice, Fingerprint } from '@countersign/ui';
import { Alert, Button, Checkbox, PasswordInput, TextInput, Title } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { Offer } from '../engine/api.ts';
import { useApp } from '../state/app-provider.tsx';
import { useAction } from '../state/use-action.ts';
import { CustodyFacts } from './custody-facts.tsx';

/** What is stored can be copied and guessed at offline, so the passphrase must cost something to guess. */
const PASSPHRASE_LETTERS_MIN = 8;

interface Props {
  readonly offer: Offer;
  readonly vouchers: readonly string[];
  readonly back: () => void;
}

export function ConsentForm({ offer, vouchers, back }: Props) {
  const { engine, open } = useApp();
  const [hasAgreed, setAgreed] = useState(false);
  const [handle, setHandle] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const enrol = useAction();
  const missing = offer.ownDevice ? 0 : offer.vouchersNeeded - vouchers.length;
  const isReady =
    hasAgreed && missing <= 0 && passphrase.length >= PASSPHRASE_LETTERS_MIN && (offer.ownDevice || handle.trim() !== '');

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isReady) return;
    void enrol.run(async () => {
      await engine.enrol({ vouchers, handle: handle.trim(), statement: offer.statement, passphrase });
      await open();
    });
  };

  return (
    <main className="ms-card ms-card-wide">
      <Title order={1} size="h2">
        Who can read what is written here
      </Title>
      {offer.custody !== null && <CustodyFacts custody={offer.custody} />}
      <section aria-labelledby="statement" className="cs-stack-tight">
        <Title order={2} size="h4" id="statement">
          The statement you are asked to agree to
        </Title>
        <p className="ms-prose ms-statement">{offer.statement}</p>
        <p className="cs-dim">Network</p>
        <Fingerprint hex={offer.networkId} />
      </section>
      {missing > 0 && (
        <Alert color="orange" title={missing === 1 ? 'One more voucher is needed' : `${missing} more vouchers are needed`}>
          They must come from different members. Go back and enter all of them.
        </Alert>
      )}
      <form className="cs-stack" onSubmit={submit}>
        <Checkbox
          checked={hasAgreed}
          onChange={(event) => setAgreed(event.currentTarget.checked)}
          label="I have read this statement and agree to it."
          description="Your device signs the statement’s hash. Without this consent no account is made."
        />
        {offer.ownDevice ? (
          <p>This voucher adds a device to the account of the person who made it.</p>
        ) : (
          <TextInput
            label="Name"
            description="Other members find you by it."
            value={handle}
            onChange={(event) => setHandle(event.currentTarget.value)}
            autoComplete="username"
            spellCheck={false}
            required
          />
        )}
        <PasswordInput
          label="Passphrase for this device"
          description={`At least ${PASSPHRASE_LETTERS_MIN} letters or digits. It encrypts what this browser stores; nobody can restore it for you.`}
          value={passphrase}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
          autoComplete="new-password"
          required
        />
        {enrol.error !== null && <ErrorNotice error={enrol.error} />}
        <div className="cs-row">
          <Button type="submit" loading={enrol.isRunning} disabled={!isReady}>
            Agree and join
          </Button>
          <Button variant="default" onClick={back}>
            Back
          </Button>
        </div>
      </form>
    </main>
  );
}
