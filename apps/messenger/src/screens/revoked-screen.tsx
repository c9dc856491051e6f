/** This device was revoked: it sends and receives nothing any more. */
import { Title } from '@mantine/core';
import { EraseButton } from './erase-button.tsx';

export function RevokedScreen() {
  return (
    <main className="ms-card">
      <Title order={1} size="h2">
        This device was revoked
      </Title>
      <p>It neither sends nor receives any more. To take part again, erase it and enrol with a new voucher.</p>
      <EraseButton />
    </main>
  );
}
