/** Who can read what is written here: the custodians, how many it takes, and the fingerprints to compare. */
import { Fingerprint } from '@countersign/ui';
import { List } from '@mantine/core';
import type { CustodyView } from '../engine/api.ts';

export function CustodyFacts({ custody }: { readonly custody: CustodyView }) {
  const { threshold, custodians, keyId } = custody;
  return (
    <div className="cs-stack-tight">
      <p>
        Any <strong>{threshold}</strong> of these <strong>{custodians.length}</strong> custodians together can open messages, and
        only for what a signed order in the public log covers. Fewer than {threshold} cannot, nor can the operator.
      </p>
      <List className="ms-custodians" listStyleType="none" aria-label="Custodians">
        {custodians.map(({ index, name, key }) => (
          <List.Item key={index}>
            <strong>{name}</strong>
            <br />
            <Fingerprint hex={key} />
          </List.Item>
        ))}
      </List>
      <p className="cs-dim">Custody key</p>
      <Fingerprint hex={keyId} />
    </div>
  );
}
