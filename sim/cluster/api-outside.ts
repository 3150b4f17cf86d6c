// What the API servers tell and ask of the world outside: their requests go to the recorder, and webhooks are answered by the pods that
// run them, if those answer.
import { ApiError } from "../apiserver/client.ts";
import type { Request } from "../apiserver/exchange.ts";
import type { Engine } from "../engine/engine.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { PodNetwork } from "../network/pod-network.ts";
import { componentChanged } from "./component-events.ts";
import type { Outside } from "./control-plane.ts";

const STATES = { running: "ready", starting: "started", draining: "stopping", down: "exited" } as const;
const SUCCESS = 200;
const CREATED = 201;

export function outsideOf(engine: Engine, recorder: Recorder, pods: PodNetwork): Outside {
  const names = new Map<string, Map<string, string>>();
  return {
    observer: {
      finished: (_server, request, answer) => {
        const latencyMicros = engine.now - request.sentMicros;
        const name = nameOf(names, request);
        recorder.api.request(
          request.client.component,
          request.verb,
          name,
          codeOf(request, answer),
          latencyMicros,
          request.width,
        );
        if (request.isRelist) recorder.api.relisted();
      },
      stateChanged: (server, state) => componentChanged(recorder, server, STATES[state]),
    },
    answers: (uid) => {
      const end = pods.get(uid);
      if (end === undefined || !pods.isNodeUp(end.nodeName)) return "silent";
      return end.isServing ? "open" : "refused";
    },
  };
}

function codeOf({ verb }: Request, answer: unknown): number {
  if (answer instanceof ApiError) return answer.code;
  return verb === "create" ? CREATED : SUCCESS;
}

// "pods/status", made once
function nameOf(names: Map<string, Map<string, string>>, { kind, subresource }: Request): string {
  if (subresource === "") return kind;
  let own = names.get(kind);
  if (own === undefined) {
    own = new Map();
    names.set(kind, own);
  }
  let name = own.get(subresource);
  if (name === undefined) {
    name = `${kind}/${subresource}`;
    own.set(subresource, name);
  }
  return name;
}
