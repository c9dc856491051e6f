/** The states that a screen can be in besides showing something: empty, loading, failed, offline. */
import { Alert, Button, Code, Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import { errorCode, errorText } from './error-text.ts';

export function EmptyNotice({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="cs-state">
      <p className="cs-state-title">{title}</p>
      {children !== undefined && <div className="cs-dim">{children}</div>}
    </div>
  );
}

export function LoadingNotice({ what }: { readonly what: string }) {
  return (
    <div className="cs-state" role="status">
      <Loader size="sm" aria-hidden />
      <p className="cs-dim">{what}</p>
    </div>
  );
}

/** What went wrong, what to do, and the code. */
export function ErrorNotice({ error, retry }: { readonly error: unknown; readonly retry?: (() => void) | undefined }) {
  const code = errorCode(error);
  const { title, action } = errorText(code);
  return (
    <Alert color="red" variant="light" role="alert" title={title}>
      <div className="cs-row cs-wrap">
        <span>{action}</span>
        <Code>{code}</Code>
        {retry !== undefined && (
          <Button size="compact-sm" variant="default" onClick={retry}>
            Try again
          </Button>
        )}
      </div>
    </Alert>
  );
}

/** Text that stays on screen while it holds, and is read out once. */
export function Banner({ tone, children }: { readonly tone: 'info' | 'warning' | 'danger'; readonly children: ReactNode }) {
  return (
    <div className={`cs-banner cs-banner-${tone}`} role="status">
      {children}
    </div>
  );
}
