// A server of models and a page to try them: node examples/server/server.mjs NAME=RUN …
import { readFileSync } from 'node:fs';
import Fastify from 'fastify';
import { serving } from 'interlatent/fastify';

const models = Object.fromEntries(
  process.argv.slice(2).map((word) => {
    const [name, ...run] = word.split('=');
    return [name, run.join('=')];
  }),
);
if (!Object.values(models).some(Boolean)) {
  console.error('usage: node examples/server/server.mjs NAME=RUN …');
  process.exit(2);
}
const app = Fastify({ logger: { level: 'warn' } });
await app.register(serving, { prefix: '/v1', models, logger: app.log, watch: 2 });

const files = {
  '/': ['page.html', 'text/html'],
  '/page.js': ['page.js', 'text/javascript'],
  '/page.css': ['page.css', 'text/css'],
};
for (const [path, [file, type]] of Object.entries(files)) {
  const content = readFileSync(new URL(file, import.meta.url), 'utf8');
  app.get(path, (_request, reply) => {
    reply.header('content-security-policy', "default-src 'self'").type(`${type}; charset=utf-8`).send(content);
  });
}
app.get('/favicon.ico', (_request, reply) => {
  reply.code(204).send();
});

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void app.close());
await app.listen({ port: Number(process.env.PORT ?? 3000) });
console.log(`http://localhost:${app.server.address().port}`);
