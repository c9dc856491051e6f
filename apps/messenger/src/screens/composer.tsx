/** Where a message is written: Enter sends, Shift and Enter begins a line, and what was written is never lost by a failed send. */
import { ErrorNotice, IconButton } from '@countersign/ui';
import { Textarea } from '@mantine/core';
import { IconSend2, IconX } from '@tabler/icons-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { MessageView } from '../engine/api.ts';
import { useAction } from '../state/use-action.ts';

interface Props {
  readonly isDisabled: boolean;
  readonly replyTo: MessageView | null;
  readonly cancelReply: () => void;
  /** Resolves when the message is stored on this device. */
  readonly send: (text: string) => Promise<void>;
}

export function Composer({ isDisabled, replyTo, cancelReply, send }: Props) {
  const [text, setText] = useState('');
  const action = useAction();
  const input = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    if (replyTo !== null) input.current?.focus();
  }, [replyTo]);

  const submit = () => {
    const trimmed = text.trim();
    if (trimmed === '' || isDisabled) return;
    void action.run(async () => {
      await send(trimmed);
      setText('');
    });
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // An input method takes its own Enter.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  };

  return (
    <footer className="ms-composer">
      {action.error !== null && <ErrorNotice error={action.error} />}
      {replyTo !== null && (
        <div className="ms-replying cs-row">
          <span className="cs-grow cs-cut cs-dim">
            Reply to {replyTo.own ? 'yourself' : replyTo.from}: {replyTo.body?.kind === 'text' ? replyTo.body.text : ''}
          </span>
          <IconButton name="Do not reply" size={28} onClick={cancelReply}>
            <IconX size={16} aria-hidden />
          </IconButton>
        </div>
      )}
      <div className="cs-row ms-composer-row">
        <Textarea
          ref={input}
          className="cs-grow"
          aria-label="Message"
          placeholder="Message"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          rows={Math.min(8, text.split('\n').length)}
          disabled={isDisabled}
          dir="auto"
        />
        <IconButton
          name="Send"
          variant="filled"
          color="harbour"
          onClick={submit}
          disabled={isDisabled || text.trim() === ''}
          loading={action.isRunning}
        >
          <IconSend2 size={20} aria-hidden />
        </IconButton>
      </div>
    </footer>
  );
}
