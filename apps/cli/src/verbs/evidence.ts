/** `countersign evidence`: a disclosure as one file, and its check offline. */
import { Exit } from '../failure.ts';
import { dataOption } from '../options.ts';
import type { AddVerb } from '../program.ts';

export interface ExportOptions {
  readonly data: string;
  readonly as: string;
  readonly order: string;
  readonly conversation?: string;
  readonly out: string;
}

export const addEvidence: AddVerb = (program, { cli, output, setExit }) => {
  const evidence = program.command('evidence').description('a disclosure as one file that anybody can verify offline');
  evidence
    .command('export')
    .description('write the evidence file of an order; its manifest is logged')
    .addOption(dataOption())
    .requiredOption('--as <officer>', 'who exports, for instance au-officer')
    .requiredOption('--order <order>', 'id of the order')
    .option('--conversation <id>', 'only this conversation')
    .requiredOption('--out <file>', 'the file to write')
    .action(async (options: ExportOptions) => {
      const { exportEvidence } = await import('../review/evidence.ts');
      const { bytes } = await exportEvidence(cli, options);
      output.result({ file: options.out, bytes }, `${options.out} (${bytes} bytes)`);
    });
  evidence
    .command('verify')
    .description('check everything in an evidence file: signatures, log proofs, orders, keys, messages, gaps')
    .argument('<file>', 'the evidence file')
    .option('--network <file>', 'network.json: the root key to believe; otherwise the one in the file, and the answer says so')
    .action(async (file: string, options: { network?: string }) => {
      const { verifyEvidenceFile } = await import('../review/evidence.ts');
      const verdict = await verifyEvidenceFile(file, options.network ?? null);
      if (!verdict.valid) setExit(Exit.failed);
      output.result(
        verdict,
        verdict.valid
          ? `Valid: ${verdict.messages} messages, ${verdict.gaps} gaps, ${verdict.withheld} withheld.`
          : `Not valid: ${verdict.code}. ${verdict.message}`,
      );
    });
};
