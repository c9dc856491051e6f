/** `npm run triage:eval -- [--unlabelled | --conversations] FILE.jsonl [--json]`: prints the figures of one file. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BUILT_IN_PACK, parseRulePack, Triager } from '@countersign/triage';
import { evaluateConversations, evaluateLabelled, evaluateUnlabelled } from './evaluate.ts';
import { type ConversationRow, type LabelledRow, type PlainRow, parseRows } from './rows.ts';

const USAGE = 'usage: triage:eval -- [--unlabelled | --conversations] FILE.jsonl [--json]';

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' }, unlabelled: { type: 'boolean' }, conversations: { type: 'boolean' } },
  });
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) throw new Error(USAGE);
  const jsonl = readFileSync(file, 'utf8');
  const triager = new Triager(parseRulePack(BUILT_IN_PACK));
  const result =
    values.unlabelled === true
      ? evaluateUnlabelled(triager, parseRows<PlainRow>(jsonl, ['text']), () => performance.now())
      : values.conversations === true
        ? evaluateConversations(triager, parseRows<ConversationRow>(jsonl, ['labels', 'messages']))
        : evaluateLabelled(triager, parseRows<LabelledRow>(jsonl, ['text', 'labels', 'threat_level', 'entities']));
  process.stdout.write(`${JSON.stringify(result, null, values.json === true ? 0 : 2)}\n`);
}

try {
  main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
