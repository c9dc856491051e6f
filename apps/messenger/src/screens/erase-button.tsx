/** Erases what this device stores, after asking. */
import { ErrorNotice } from '@countersign/ui';
import { Button, Modal } from '@mantine/core';
import { useState } from 'react';
import { useApp } from '../state/app-provider.tsx';
import { useAction } from '../state/use-action.ts';

export function EraseButton() {
  const { engine, dispatch } = useApp();
  const [isAsking, setAsking] = useState(false);
  const erase = useAction();
  const confirm = () =>
    void erase.run(async () => {
      await engine.erase();
      dispatch({ type: 'phase', phase: 'empty' });
    });
  return (
    <>
      <Button variant="subtle" color="red.9" onClick={() => setAsking(true)}>
        Erase this device
      </Button>
      <Modal
        opened={isAsking}
        onClose={() => setAsking(false)}
        title="Erase this device?"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <div className="cs-stack">
          <p>
            Keys, conversations and settings on this device are deleted and cannot be brought back. You need a new voucher to
            enrol again. Copies on other members’ devices and in custody are not affected.
          </p>
          {erase.error !== null && <ErrorNotice error={erase.error} />}
          <div className="cs-row">
            <Button color="red.9" loading={erase.isRunning} onClick={confirm}>
              Erase
            </Button>
            <Button variant="default" onClick={() => setAsking(false)}>
              Keep
            </Button>
          </div>
        </div>
      </Modal>
    </>
  );
}
