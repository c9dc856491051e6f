/** A button that shows only a sign: its name is required, for the screen reader and as the hint. */
import { ActionIcon, type ActionIconProps } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props extends ActionIconProps {
  readonly name: string;
  /** Absent where a menu gives it. */
  readonly onClick?: () => void;
  readonly pressed?: boolean;
  readonly children: ReactNode;
}

export function IconButton({ name, onClick, pressed, children, ...others }: Props) {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size={40}
      aria-label={name}
      title={name}
      {...(onClick === undefined ? {} : { onClick })}
      {...(pressed === undefined ? {} : { 'aria-pressed': pressed })}
      {...others}
    >
      {children}
    </ActionIcon>
  );
}
