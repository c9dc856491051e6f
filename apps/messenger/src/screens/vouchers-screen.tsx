/** Vouchers that this member has given out, and new ones as code, link and QR. */
import { EmptyNotice, ErrorNotice, LoadingNotice, QrCode, Stamp } from '@countersign/ui';
import { Badge, Button, CopyButton, Table } from '@mantine/core';
import { useCallback, useState } from 'react';
import type { VoucherView } from '../engine/api.ts';
import { useApp } from '../state/app-provider.tsx';
import type { Place } from '../state/place.ts';
import { useAction } from '../state/use-action.ts';
import { useLoad } from '../state/use-load.ts';
import { voucherLink } from '../state/voucher-link.ts';
import { PaneHeader } from './pane-header.tsx';

export function VouchersScreen({ go }: { readonly go: (place: Place) => void }) {
  const { engine } = useApp();
  const load = useCallback(() => engine.vouchers(), [engine]);
  const { value, error, reload } = useLoad(load);
  const [made, setMade] = useState<VoucherView | null>(null);
  const create = useAction();
  const make = (forOwnDevice: boolean) =>
    void create.run(async () => {
      setMade(await engine.createVoucher(forOwnDevice));
      reload();
    });

  return (
    <>
      <PaneHeader title="Vouchers" detail="With a voucher you vouch for the person who uses it" go={go} />
      <div className="ms-page cs-stack cs-scroll">
        <div className="cs-row cs-wrap">
          <Button onClick={() => make(false)} loading={create.isRunning}>
            New voucher
          </Button>
          <Button variant="default" onClick={() => make(true)} disabled={create.isRunning}>
            Voucher for a device of mine
          </Button>
        </div>
        {create.error !== null && <ErrorNotice error={create.error} />}
        {made !== null && <MadeVoucher made={made} />}
        {value === null && error !== null && <ErrorNotice error={error} retry={reload} />}
        {value === null && error === null && <LoadingNotice what="Asking the service" />}
        {value?.length === 0 && <EmptyNotice title="You have not given out any voucher" />}
        {value !== null && value.length > 0 && <VoucherTable vouchers={value} />}
      </div>
    </>
  );
}

function MadeVoucher({ made }: { readonly made: VoucherView }) {
  const link = voucherLink(window.location.origin, made.voucher);
  return (
    <section className="ms-made" aria-label="New voucher">
      <QrCode text={link} label="The voucher’s link as a QR code" />
      <div className="cs-stack-tight">
        <code className="ms-voucher">{made.voucher}</code>
        <p className="cs-dim">
          Valid until <Stamp ms={made.expires * 1000} as="full" />. Hand it over in person or by a way you trust: whoever has it
          can use it once. It is shown only now.
        </p>
        <div className="cs-row cs-wrap">
          <Copy value={made.voucher} what="code" />
          <Copy value={link} what="link" />
        </div>
      </div>
    </section>
  );
}

function Copy({ value, what }: { readonly value: string; readonly what: string }) {
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <Button size="compact-sm" variant="default" onClick={copy}>
          {copied ? 'Copied' : `Copy ${what}`}
        </Button>
      )}
    </CopyButton>
  );
}

function VoucherTable({ vouchers }: { readonly vouchers: readonly VoucherView[] }) {
  return (
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Voucher</Table.Th>
          <Table.Th>State</Table.Th>
          <Table.Th>Valid until</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {vouchers.map((voucher) => (
          <Table.Tr key={voucher.id}>
            <Table.Td>
              <code>{voucher.id.slice(0, 8)}</code> {voucher.forOwnDevice && <Badge variant="default">own device</Badge>}
            </Table.Td>
            <Table.Td>{stateOf(voucher, Date.now())}</Table.Td>
            <Table.Td>
              <Stamp ms={voucher.expires * 1000} as="full" />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function stateOf({ redeemedBy, expires }: VoucherView, nowMs: number): string {
  if (redeemedBy !== '') return `used by ${redeemedBy}`;
  return expires * 1000 < nowMs ? 'expired' : 'open';
}
