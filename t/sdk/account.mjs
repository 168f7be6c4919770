// What OpenRouter's SDK reads of GET key and GET credits, unchanged but for
// base URL and key: one JSON object.
//
//   node account.mjs BASE KEY

import { OpenRouter } from '@openrouter/sdk';

const [base, key] = process.argv.slice(2);

const client = new OpenRouter({ apiKey: key, serverURL: base + '/v1',
                                retryConfig: { strategy: 'none' } });

console.log(JSON.stringify({
    key: await client.apiKeys.getCurrentKeyMetadata(),
    credits: await client.credits.getCredits(),
}));
