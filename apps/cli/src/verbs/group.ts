/** `countersign group`: conversations of more than two. */
import { homeOption, parseHandle } from '../options.ts';
import type { AddVerb } from '../program.ts';

const handles = (text: string, before: readonly string[]) => [...before, parseHandle(text)];

export const addGroup: AddVerb = (program, { cli, output }) => {
  const group = program.command('group').description('conversations of more than two');
  group
    .command('create')
    .description('a new group with these members')
    .addOption(homeOption())
    .requiredOption('--name <text>', 'name of the group')
    .argument('<handles...>', 'members, as @name', handles, [])
    .action(async (members: readonly string[], { home, name }: { home: string; name: string }) => {
      const { createGroup } = await import('../member/groups.ts');
      const groupId = await createGroup(cli, home, name, members);
      output.result({ group_id: groupId, name, members }, `Group ${groupId}`);
    });
  for (const change of ['add', 'remove'] as const) {
    group
      .command(change)
      .description(change === 'add' ? 'take members into a group' : 'put members out of a group')
      .addOption(homeOption())
      .requiredOption('--group <id>', 'id of the group')
      .argument('<handles...>', 'members, as @name', handles, [])
      .action(async (members: readonly string[], options: { home: string; group: string }) => {
        const { changeGroup } = await import('../member/groups.ts');
        await changeGroup(cli, options.home, options.group, change, members);
        output.result({ group_id: options.group, [change === 'add' ? 'added' : 'removed']: members }, 'Done.');
      });
  }
  group
    .command('list')
    .description('the groups and direct conversations of this home')
    .addOption(homeOption())
    .action(async ({ home }: { home: string }) => {
      const { listGroups } = await import('../member/groups.ts');
      const groups = await listGroups(cli, home);
      output.result({ groups }, groups.map((item) => `${item.group_id}  ${item.name}  ${item.members.join(' ')}`).join('\n'));
    });
};
