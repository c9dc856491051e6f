/** The line above a pane: back on a phone, a title, and what can be done here. */
import { IconButton } from '@countersign/ui';
import { Title } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Place } from '../state/place.ts';

interface Props {
  readonly title: string;
  readonly detail?: ReactNode;
  readonly go: (place: Place) => void;
  readonly children?: ReactNode;
}

export function PaneHeader({ title, detail, go, children }: Props) {
  return (
    <header className="ms-pane-header">
      <IconButton name="Back to the list" onClick={() => go({ name: 'list' })} className="ms-back">
        <IconArrowLeft size={20} aria-hidden />
      </IconButton>
      <div className="cs-grow">
        <Title order={2} size="h5" className="cs-cut">
          {title}
        </Title>
        {detail !== undefined && <div className="cs-dim cs-cut">{detail}</div>}
      </div>
      {children}
    </header>
  );
}
