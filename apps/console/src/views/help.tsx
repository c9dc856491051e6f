/** The keys that the console knows. */
import { Kbd, Modal, Table } from '@mantine/core';

const KEYS = [
  ['/', 'Search'],
  ['j  k', 'Next, previous message'],
  ['Enter', 'Open the conversation of the chosen message'],
  ['p', 'Pause or resume the feed'],
  ['1  2  3', 'Feed, search, orders'],
  ['?', 'This list'],
] as const;

export function Help({ isOpen, close }: { readonly isOpen: boolean; readonly close: () => void }) {
  return (
    <Modal opened={isOpen} onClose={close} title="Keys" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Table>
        <Table.Tbody>
          {KEYS.map(([keys, text]) => (
            <Table.Tr key={keys}>
              <Table.Td className="rc-keys">
                {keys.split('  ').map((key) => (
                  <Kbd key={key}>{key}</Kbd>
                ))}
              </Table.Td>
              <Table.Td>{text}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
