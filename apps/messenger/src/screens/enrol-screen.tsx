/** Enrolment in two steps: vouchers, then the custody statement in full with an explicit consent (PROTOCOL 1, docs/network.md). */
import { ErrorNotice } from '@countersign/ui';
import { Button, Textarea, Title } from '@mantine/core';
import { type FormEvent, useCallback, useEffect, useState } from 'react';
import type { Offer } from '../engine/api.ts';
import { useApp } from '../state/app-provider.tsx';
import { useAction } from '../state/use-action.ts';
import { splitVouchers, voucherOf } from '../state/voucher-link.ts';
import { ConsentForm } from './consent-form.tsx';

export function EnrolScreen() {
  const { engine } = useApp();
  const [text, setText] = useState(() => voucherOf(window.location.href) ?? '');
  const [offer, setOffer] = useState<Offer | null>(null);
  const inspect = useAction();
  const vouchers = splitVouchers(text);

  // The voucher leaves the address bar and the history as soon as it is read.
  useEffect(() => {
    if (voucherOf(window.location.href) !== null) window.history.replaceState(null, '', window.location.pathname);
  }, []);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void inspect.run(async () => setOffer(await engine.inspect(vouchers)));
  };
  const back = useCallback(() => setOffer(null), []);

  if (offer !== null) return <ConsentForm offer={offer} vouchers={vouchers} back={back} />;
  return (
    <main className="ms-card">
      <Title order={1} size="h2">
        Countersign
      </Title>
      <p>
        A messenger for closed networks. A member who knows you vouches for you with a voucher. Before you join, you are told who
        can read what is written here.
      </p>
      <form className="cs-stack" onSubmit={submit}>
        <Textarea
          label="Voucher"
          description="As you received it, code or link. If the network asks for several, one a line."
          placeholder="CS1-…"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          minRows={2}
          rows={3}
          spellCheck={false}
          autoCapitalize="characters"
          classNames={{ input: 'ms-mono' }}
          required
        />
        {inspect.error !== null && <ErrorNotice error={inspect.error} />}
        <Button type="submit" loading={inspect.isRunning} disabled={vouchers.length === 0}>
          Continue
        </Button>
      </form>
    </main>
  );
}
