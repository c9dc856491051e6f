/** The work of `group`. */
import type { Client } from '@countersign/client';
import type { Cli } from '../cli.ts';
import { CliError } from '../failure.ts';
import { withMember } from './home.ts';
import { settle } from './settle.ts';

/** Returns the group's id once everybody is in it. */
export function createGroup(cli: Cli, home: string, name: string, members: readonly string[]): Promise<string> {
  return withMember(cli, home, async (client) => {
    const id = await client.createGroup(name, members.map(withoutAt));
    await settle(client, id);
    return id;
  });
}

export function changeGroup(
  cli: Cli,
  home: string,
  group: string,
  change: 'add' | 'remove',
  members: readonly string[],
): Promise<void> {
  return withMember(cli, home, async (client) => {
    const id = await groupOf(client, group);
    const handles = members.map(withoutAt);
    if (change === 'add') await client.addMembers(id, handles);
    else await client.removeMembers(id, handles);
    await settle(client, id);
  });
}

export function listGroups(cli: Cli, home: string) {
  return withMember(
    cli,
    home,
    async (client) => {
      const conversations = await client.conversations();
      return Promise.all(
        conversations.map(async ({ id, kind, name, status, members }) => ({
          group_id: id,
          kind,
          name: name ?? '',
          status,
          members: await Promise.all([...new Set(members.map(({ account }) => account))].map((one) => nameOf(client, one))),
        })),
      );
    },
    'offline',
  );
}

/** By id or, where only one has it, by name; throws `input.unknown_group`. */
export async function groupOf(client: Client, named: string): Promise<string> {
  const groups = (await client.conversations()).filter(({ status }) => status !== 'left');
  const found = groups.filter(({ id, name }) => id === named || name === named);
  if (found.length === 1 && found[0] !== undefined) return found[0].id;
  throw new CliError('input.unknown_group', found.length === 0 ? `no group ${named}` : `${named} is the name of several groups`);
}

/** `@handle` where it is known, else the account's id. */
export async function nameOf(client: Client, account: string): Promise<string> {
  const handle = await client.handleOf(account);
  return handle === null ? account : `@${handle}`;
}

export function withoutAt(handle: string): string {
  return handle.replace(/^@/, '');
}
