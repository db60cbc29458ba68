// Has Comunica ask, and prints what it found and what it sent, as JSON.
//
// Takes one argument, JSON too: `query`; `sources` as Comunica has them; `headers` to send besides Comunica's own; and with `estimates`,
// Comunica takes counts from VoID where a source has it (a setting of its own, off by default), and counts by query only where not.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { query, sources, headers, estimates } = JSON.parse(process.argv[2]);

const estimated = [];
if (estimates) {
  const { ActorQuerySourceIdentifyHypermediaSparql: Actor, QuerySourceSparql: Source } = require('@comunica/actor-query-source-identify-hypermedia-sparql');
  Object.defineProperty(Actor.prototype, 'cardinalityEstimateConstruction', { get: () => true, set() {} });
  const estimate = Source.prototype.estimateOperationCardinality;
  Source.prototype.estimateOperationCardinality = async function (operation) {
    const found = await estimate.call(this, operation);
    estimated.push([this.url, found.value]);
    return found;
  };
}
const { QueryEngine } = require('@comunica/query-sparql');

const requests = [];
async function watched(input, init) {
  const request = new Request(input, init);
  for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
  requests.push({ method: request.method, url: request.url, headers: Object.fromEntries(request.headers), body: await request.clone().text() });
  return fetch(request);
}

const terms = (row) => Object.fromEntries([...row].map(([variable, term]) => [variable.value, term.value]));
const result = await new QueryEngine().query(query, { sources, fetch: watched });
const found = {};
if (result.resultType === 'bindings') {
  const stream = await result.execute();
  found.rows = (await stream.toArray()).map(terms);
} else if (result.resultType === 'quads') {
  found.triples = (await (await result.execute()).toArray()).map((quad) => [quad.subject.value, quad.predicate.value, quad.object.value]);
} else {
  found.said = await result.execute() ?? null;
}
console.log(JSON.stringify({ ...found, estimated, requests }));
