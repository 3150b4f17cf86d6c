// The whole service without sockets: a scenario is opened, checked, saved, run, looked at, and everything wrong is an answer.
// test-timeout: 240s
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AskThread } from "../../sim/serve/ask-thread.ts";
import type { Answer } from "../../sim/serve/exchange.ts";
import { PageFiles } from "../../sim/serve/page-files.ts";
import type {
  CheckAnswer,
  LookAnswer,
  MapAnswer,
  PodsAnswer,
  RunAnswer,
  RunState,
  SeriesAnswer,
  ServeState,
} from "../../sim/serve/protocol.ts";
import { Runs } from "../../sim/serve/runs.ts";
import { ScenarioFolder } from "../../sim/serve/scenario-folder.ts";
import { Service } from "../../sim/serve/service.ts";
import { kubedrill } from "../cli/command.ts";
import { type Asked, ask, PORT, TOKEN } from "./ask.ts";

const folder = mkdtempSync(join(tmpdir(), "kubedrill-service-"));
mkdirSync(join(folder, "page"));
for (const name of ["index.html", "app.js", "app.css", "icon.svg", "licences.txt"])
  writeFileSync(join(folder, "page", name), name === "index.html" ? "<meta content='{{nonce}}'>" : name);
mkdirSync(join(folder, "drills"));
const SCENARIO = `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: crash }
spec:
  duration: 10m
  cluster:
    start: settled
    nodePools: [{ name: n, count: 3, zones: [a, b, c], machine: { cpu: 4, memory: 8Gi } }]
    manifests: [./web.yaml]
  faults: [{ id: crash, at: 2m, nodeCrash: { node: n-1, for: 3m } }]
  expect: [pending == 0, eventually ready(deployment/web) < 3 within 5m]
`;
writeFileSync(join(folder, "drills/crash.yaml"), SCENARIO);
writeFileSync(
  join(folder, "drills/web.yaml"),
  `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: { matchLabels: { app: web } } }]
      containers: [{ name: c, image: x, resources: { requests: { cpu: 500m, memory: 256Mi } } }]
`,
);
const limits = { timeoutMillis: 60_000, memoryBytes: 2 ** 30 };
const runs = new Runs({ ...limits, concurrent: 1, kept: 8, keptBytes: 2 ** 30 });
const [checks, looks] = [new AskThread(limits), new AskThread(limits)];
const service = new Service({
  ...{ runs, checks, looks, limits, folder: new ScenarioFolder(folder), guard: { port: PORT, token: TOKEN } },
  page: new PageFiles(new URL(`file://${folder}/page/`)),
});
test.after(async () => {
  await Promise.all([runs.close(), checks.close(), looks.close()]);
  rmSync(folder, { recursive: true });
});

const answerTo = (path: string, asked?: Asked) => service.handle(ask(path, asked));
const bodyOf = <T>({ body }: Answer): T => JSON.parse(String(body)) as T;
const get = async <T>(path: string): Promise<T> => bodyOf<T>(await answerTo(path));
const post = async <T>(path: string, body: unknown): Promise<T> =>
  bodyOf<T>(await answerTo(path, { method: "POST", body }));

async function run(seed = "1", text = SCENARIO): Promise<RunState> {
  const { id } = await post<RunState>("/api/runs", { name: "drills/crash.yaml", text, variant: "", seed });
  return new Promise((resolve, reject) => {
    const stop = runs.listen((state) => {
      if (state.id !== id || state.phase === "running" || state.phase === "waiting") return;
      stop();
      if (state.phase === "done") resolve(state);
      else reject(new Error(`${state.message} ${state.problems.map(({ text }) => text).join("\n")}`));
    });
  });
}

test("every answer carries the headers that keep it to itself, refusals too", async () => {
  for (const answer of [
    await answerTo("/"),
    await answerTo("/api/state"),
    await answerTo("/api/nowhere"),
    await answerTo("/", { headers: { host: "evil" } }),
  ]) {
    assert.match(answer.headers["content-security-policy"]!, /default-src 'none'/);
    assert.is(answer.headers["cross-origin-resource-policy"], "same-origin");
    assert.is(answer.headers["x-content-type-options"], "nosniff");
  }
});

test("the page's styles carry a word that is new with every load, and nothing but the page's files is served", async () => {
  const [first, second] = [await answerTo("/"), await answerTo("/")];
  const nonce = /'nonce-([^']+)'/.exec(first.headers["content-security-policy"]!)![1]!;
  assert.is(first.body, `<meta content='${nonce}'>`);
  assert.is.not(first.body, second.body);
  assert.is((await answerTo("/app.js")).body, "app.js");
  for (const path of [
    "/drills/crash.yaml",
    "/../package.json",
    "/page/app.js",
    "/app.js.map",
    "/.git/config",
    "/favicon.ico",
  ])
    assert.is((await answerTo(path)).status, 404, path);
  assert.is((await answerTo("/app.js", { method: "POST" })).status, 405);
});

test("the state names the folder's files and the columns of summaries", async () => {
  const state = await get<ServeState>("/api/state");
  assert.equal(state.files, [
    { name: "drills/crash.yaml", isScenario: true },
    { name: "drills/web.yaml", isScenario: false },
  ]);
  assert.is(state.columns.find(({ name }) => name === "pending_p99_s")!.better, "lower");
  assert.match(String((await answerTo("/api/schema")).body), /"kubedrill scenario"/);
});

test("files are read and saved; what somebody else has changed is not overwritten", async () => {
  const file = await get<{ text: string; version: string }>("/api/file?name=drills/crash.yaml");
  assert.is(file.text, SCENARIO);
  const save = (name: string, text: string, version: string | null) =>
    answerTo("/api/file", { method: "PUT", body: { name, text, version } });
  assert.is((await save("drills/new.yaml", "a: 1\n", null)).status, 200);
  assert.is(readFileSync(join(folder, "drills/new.yaml"), "utf8"), "a: 1\n");
  assert.is((await save("drills/new.yaml", "a: 2\n", null)).status, 409);
  for (const name of ["../x.yaml", "/tmp/x.yaml", "drills/x.ts"])
    assert.is((await save(name, "a: 1\n", null)).status, 403, name);
  rmSync(join(folder, "drills/new.yaml"));
});

test("mistakes have the words and places of kubedrill validate", async () => {
  const text = SCENARIO.replace("nodeCrash", "nodeCrush").replace("duration: 10m", "duration: ten");
  const { problems } = await post<CheckAnswer>("/api/check", { name: "drills/crash.yaml", text });
  writeFileSync(join(folder, "drills/wrong.yaml"), text);
  const { err } = kubedrill(["validate", "drills/wrong.yaml"], folder);
  rmSync(join(folder, "drills/wrong.yaml"));
  const lines = err.trimEnd().split("\n").slice(1);
  assert.is(lines.length, 2, err);
  assert.equal(
    problems.map((problem) => problem.text.replace("crash.yaml", "wrong.yaml")),
    lines,
  );
  assert.ok(problems.every(({ isHere }) => isHere));
  assert.equal(
    problems.map(({ column, line }) => `${line}:${column}`),
    ["5:13", "10:33"],
  );
  const fine = await post<CheckAnswer>("/api/check", { name: "drills/crash.yaml", text: SCENARIO });
  assert.equal(fine.problems, []);
  assert.equal(
    fine.variants.map(({ durationMicros, nodes, pods, variant }) => [variant, nodes, pods, durationMicros]),
    [["", 3, 3, 600e6]],
  );
});

test("a mistake in a file that is named says so", async () => {
  writeFileSync(join(folder, "drills/bad.yaml"), "apiVersion: v1\nkind: Pod\nmetadata: { name: 5 }\nspec: {}\n");
  const text = SCENARIO.replace("./web.yaml", "./bad.yaml");
  const { problems } = await post<CheckAnswer>("/api/check", { name: "drills/crash.yaml", text });
  rmSync(join(folder, "drills/bad.yaml"));
  assert.ok(problems.length > 0);
  assert.ok(problems.some(({ file, isHere }) => /bad\.yaml$/.test(file) && !isHere));
});

test("a run's result, course, map and pods fit together", async () => {
  const state = await run();
  const result = await get<RunAnswer>(`/api/runs/${state.id}`);
  assert.is(result.summary["nodes_end"], 3);
  assert.equal(
    result.faults.map(({ id, injectedMicros, layer, recoveredMicros, targets }) => [
      id,
      injectedMicros,
      layer,
      recoveredMicros,
      targets,
    ]),
    [["crash", 120e6, "nodes", 300e6, "n-1"]],
  );
  assert.equal(
    result.verdicts.map(({ holds }) => holds),
    [true, true],
  );
  const map = await get<MapAnswer>(`/api/runs/${state.id}/map`);
  assert.equal(
    map.nodes.map(({ cpuMilli, name, zone }) => [name, zone, cpuMilli]),
    [
      ["n-0", "a", 4000],
      ["n-1", "b", 4000],
      ["n-2", "c", 4000],
    ],
  );
  const downs = map.flags.slice(map.offsets[1], map.offsets[2]).map((flags) => (flags & 2) === 0);
  assert.equal(downs.filter(Boolean).length > 0, true, "n-1 was not ready for a while");
  const ready = [0, 2].map((node) =>
    map.flags.slice(map.offsets[node], map.offsets[node + 1]).every((flags) => (flags & 2) !== 0),
  );
  assert.equal(ready, [true, true], "the others always were");
  const pods = await get<PodsAnswer>(`/api/runs/${state.id}/pods?at=60000000&node=n-1`);
  assert.is(pods.total, 1);
  assert.match(pods.pods[0]!.name, /^web-/);
  assert.is(pods.pods[0]!.state, "running");
  assert.is((await get<PodsAnswer>(`/api/runs/${state.id}/pods?at=60000000`)).total, 0, "none waits");
  const series = await get<SeriesAnswer>(`/api/runs/${state.id}/series`);
  assert.is(series.columns["podsRunning"]![0], 3);
  assert.is(series.timesMicros.at(-1), 600e6);
});

test("tables are those of kubedrill run, byte for byte", async () => {
  const id = (await run("4")).id;
  const done = kubedrill(["run", "drills/crash.yaml", "--seed", "4", "--out", "out"], folder);
  assert.is.not(done.code, 2, done.err);
  // the scenario's hash is over its text here, over its files there
  const withoutHash = (text: string) => text.replace(/,[0-9a-f]{64},[0-9a-f]{64},4,[0-9a-f]{16},/g, ",");
  for (const name of ["pods", "nodes", "events"]) {
    const answer = await answerTo(`/api/runs/${id}/table?name=${name}`);
    const csv = Buffer.from(answer.body as Uint8Array).toString("utf8");
    assert.is(withoutHash(csv), withoutHash(readFileSync(join(folder, `out/${name}.csv`), "utf8")), name);
    assert.match(answer.headers["content-disposition"]!, new RegExp(`filename="${name}.csv"`));
  }
  // and the report is that of kubedrill run, but for the same hashes
  const report = await answerTo(`/api/runs/${id}/report`);
  const bare = (html: string) => html.replace(/[0-9a-f]{16,64}/g, "").replace(/\s+/g, " ");
  const [here, there] = [
    Buffer.from(report.body as Uint8Array).toString("utf8"),
    readFileSync(join(folder, "out/report.html"), "utf8"),
  ];
  assert.is(bare(here), bare(there));
  assert.match(report.headers["content-disposition"]!, /^attachment; /);
  rmSync(join(folder, "out"), { recursive: true });
  assert.is((await answerTo(`/api/runs/${id}/table?name=../pods`)).status, 404);
});

test("kubectl's view at a moment is that of kubedrill get and describe", async () => {
  const { id } = await run("1");
  const look = (words: string, atMicros: number | null) =>
    post<LookAnswer>(`/api/runs/${id}/look`, { words, atMicros });
  const at = (words: string[], time: string) =>
    kubedrill([...words, "drills/crash.yaml", "--at", time, "--seed", "1"], folder).out;
  assert.is((await look("get nodes", 200e6)).out, at(["get", "nodes"], "200s"));
  assert.is(
    (await look("kubectl get pods -n default -o wide", 250e6)).out,
    at(["get", "pods", "-o", "wide"], "250s"),
    "further on in the same run",
  );
  assert.is((await look("describe node n-1", 100e6)).out, at(["describe", "node", "n-1"], "100s"), "and back");
  assert.is((await look("get nodes", null)).out, at(["get", "nodes"], "end"));
  assert.match((await look("get pods nobody", 100e6)).err, /NotFound/);
  for (const [words, message] of [
    ["get podz", /did you mean pods/],
    ["delete pods", /expected get or describe/],
    ["get pods --watch", /unknown option --watch/],
    ["get", /expected a kind/],
  ] as const) {
    const answer = await answerTo(`/api/runs/${id}/look`, { method: "POST", body: { words, atMicros: 1e6 } });
    assert.is(answer.status, 422);
    assert.match(bodyOf<{ message: string }>(answer).message, message);
  }
});

test("a moment of a run whose files have changed meanwhile is not shown: it would be another cluster's", async () => {
  const manifest = join(folder, "drills/web.yaml");
  const before = readFileSync(manifest, "utf8");
  const { id } = await run("12");
  writeFileSync(manifest, before.replace("replicas: 3", "replicas: 2"));
  const answer = await answerTo(`/api/runs/${id}/look`, { method: "POST", body: { words: "get pods", atMicros: 1e6 } });
  writeFileSync(manifest, before);
  assert.is(answer.status, 422);
  assert.match(bodyOf<{ message: string }>(answer).message, /have changed since the run/);
});

test("the stream of events tells every run now and at each change, until nobody listens", async () => {
  const { body } = await answerTo("/api/events");
  const pieces: RunState[][] = [];
  const stop = (body as (write: (piece: string) => void) => () => void)((piece) => {
    assert.match(piece, /^data: .*\n\n$/);
    pieces.push(JSON.parse(piece.slice("data: ".length)) as RunState[]);
  });
  assert.is(pieces.length, 1);
  const { id } = await run("9", SCENARIO.replace("10m", "4m"));
  assert.ok(pieces.at(-1)!.some((state) => state.id === id));
  stop();
  const heard = pieces.length;
  assert.is((await answerTo(`/api/runs/${id}`, { method: "DELETE" })).status, 200);
  await run("10", SCENARIO.replace("10m", "4m"));
  assert.is(pieces.length, heard);
  assert.is((await answerTo(`/api/runs/${id}`)).status, 404, "forgotten");
});

test("what makes no sense is refused: methods, types, bodies, numbers", async () => {
  const { id } = await run("11", SCENARIO.replace("10m", "4m"));
  const statuses = async (list: readonly (readonly [path: string, asked: Asked, status: number])[]) => {
    for (const [path, asked, status] of list)
      assert.is((await answerTo(path, asked)).status, status, `${asked.method} ${path}`);
  };
  await statuses([
    ["/api/state", { method: "POST" }, 405],
    ["/api/runs", { method: "GET" }, 405],
    ["/api/runs/x", {}, 404],
    ["/api/runs/1e3", {}, 404],
    ["/api/runs/999", {}, 404],
    [`/api/runs/${id}/nothing`, {}, 404],
    ["/api", {}, 404],
    ["/api/check", { method: "POST", body: "{" }, 400],
    ["/api/check", { method: "POST", body: "[]" }, 400],
    ["/api/check", { method: "POST", body: { name: 1, text: "" } }, 400],
    ["/api/check", { method: "POST", body: { name: "../x.yaml", text: "" } }, 403],
    ["/api/check", { method: "POST", body: '{"__proto__":{"name":"a.yaml","text":""}}' }, 400],
    ["/api/check", { method: "POST", headers: { "content-type": "text/plain" }, body: {} }, 415],
    ["/api/check", { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body: {} }, 415],
    ["/api/runs", { method: "POST", body: { name: "a.yaml", text: "", variant: "", seed: "x".repeat(300) } }, 400],
    [`/api/runs/${id}/pods`, {}, 400],
    [`/api/runs/${id}/pods?at=-1`, {}, 400],
    [`/api/runs/${id}/pods?at=NaN`, {}, 400],
    [`/api/runs/${id}/look`, { method: "POST", body: { words: "get pods", atMicros: 0.5 } }, 400],
    ["/api/file", {}, 400],
    ["/api/file?name=nothing.yaml", {}, 404],
  ]);
});

test.run();
