// A vendor's program on the generated types: it pushes, reads back, and meets an error; what it saw goes to standard output.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.d.ts";

const [baseUrl, key] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });

const item: components["schemas"]["EvidenceItem"] = {
  id: "ts-1",
  learner: { identifiers: [{ type: "district", value: "100482" }], name: { given: "Ada", family: "Sample" } },
  name: "A robot that follows a line",
  occurredAt: "2026-10-03T20:30:00Z",
};
const pushed = await client.POST("/v1/evidence", { body: item });
const status: string | undefined = pushed.data?.items[0].status;

const wrong = await client.GET("/v1/learners/{learner}", {
  params: { path: { learner: "00000000-0000-4000-8000-000000000000" } },
});
const problem: components["schemas"]["Problem"] | undefined = wrong.error;

process.stdout.write(JSON.stringify({ status, problem: problem?.type, http: wrong.response.status }));
