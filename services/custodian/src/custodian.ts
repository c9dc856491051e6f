/** The custodian's process: one share, one agent, one private port (docs/network.md, custodian). */
import { listen, type Running } from '@countersign/service';
import { Agent, type AgentContext } from './agent.ts';
import type { CustodianConfig } from './config.ts';
import { createRoutes } from './routes.ts';

export async function startCustodian(config: CustodianConfig, context: AgentContext): Promise<Running> {
  const agent = await Agent.open(config, context);
  const http = createRoutes(agent, context.log);
  agent.start();
  const url = await listen(http, { host: config.listen.host, port: config.listen.privatePort });
  return {
    urls: { private: url },
    async stop() {
      await http.close();
      await agent.stop();
    },
  };
}
