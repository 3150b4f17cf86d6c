// setEnv: kubectl set env, a patch of the pod template by the names of its containers. Environment is no field that simulated containers
// read: what matters is that the template changes, which begins a rollout.
import { ApiError } from "../../apiserver/client.ts";
import type { Container } from "../../model/objects.ts";
import { resourceText } from "../command.ts";
import { TEMPLATED, templateOf, withTemplate } from "../pod-template.ts";
import { verb } from "../verb.ts";

interface EnvVar {
  readonly name: string;
  readonly value?: string;
}

export const setEnv = verb({
  name: "setEnv",
  doc: "Changes environment variables of containers in a pod template.",
  example: "{ at: 5m, setEnv: { object: deployment/web, env: { LOG_LEVEL: debug, OLD: null } } }",
  parameters: {
    object: { type: "objects", required: true, kinds: TEMPLATED, doc: "One workload or a list." },
    env: { type: "textMap", required: true, doc: "Variables by name; null takes one away." },
    container: { type: "text", doc: "Only of this container." },
  },
  *run(command, { container: only, env, object }) {
    for (const name of object) {
      const answer = yield* command.patch(name.list as "deployments", name.key, (before) => {
        const template = templateOf(before)!;
        const containers = template.spec!.containers.map((container) =>
          only === undefined || container.name === only ? withEnv(container, env) : container,
        );
        return withTemplate(before, { ...template, spec: { ...template.spec!, containers } });
      });
      if (answer instanceof ApiError) command.refused(answer);
      else command.print(`${resourceText(name)} env updated`);
    }
  },
});

function withEnv(container: Container, env: Readonly<Record<string, string | null>>): Container {
  const before = (container as { readonly env?: readonly EnvVar[] | null }).env ?? [];
  const kept = before
    .filter(({ name }) => env[name] !== null)
    .map((variable) =>
      env[variable.name] === undefined ? variable : { name: variable.name, value: env[variable.name]! },
    );
  const added = Object.entries(env)
    .filter(([name, value]) => value !== null && !before.some((variable) => variable.name === name))
    .map(([name, value]) => ({ name, value: value! }));
  return { ...container, env: [...kept, ...added] } as Container;
}
