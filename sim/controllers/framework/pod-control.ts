// How controllers make and remove pods: from a template, with themselves as owner, and an Event for what became of it.
// Pods of one template share its spec and labels, as one object each: whoever compares pods recognises them by it.
// Source: behaviour of kube-controller-manager's RealPodControl.
import { ApiError, type Done } from "../../apiserver/client.ts";
import type { Involved } from "../../apiserver/event-recorder.ts";
import { drawnSuffix } from "../../model/identity.ts";
import type { OwnerReference, Pod, PodSpec, PodTemplateSpec } from "../../model/objects.ts";
import type { ControllerContext } from "./controller.ts";

/** A name is tried again so often when it is taken, as the API server does with generated ones. */
const NAME_TRIES = 8;
const SUFFIX_LENGTH = 5;
const MAX_BASE_LENGTH = 58;
const PENDING = { phase: "Pending" } as const;

/** What the pods of one owner have in common. */
export interface PodBlueprint {
  readonly owner: Involved;
  readonly reference: OwnerReference;
  readonly template: PodTemplateSpec;
  /** Instead of the template's own. */
  readonly spec?: PodSpec;
  readonly labels?: Readonly<Record<string, string>>;
  /** Default: the owner's name and a hyphen. */
  readonly generateName?: string;
}

export class PodControl {
  private readonly context: ControllerContext;

  constructor(context: ControllerContext) {
    this.context = context;
  }

  /** Creates a pod with a generated name. A refusal is answered, and told by an Event unless the namespace is going away. */
  create(blueprint: PodBlueprint, done: Done<Pod>): void {
    this.tryCreate(blueprint, NAME_TRIES, done);
  }

  /** Creates this very pod. */
  createNamed(owner: Involved, pod: Pod, done: Done<Pod>): void {
    this.context.client.create("pods", pod, (answer) => {
      this.report(owner, answer);
      done(answer);
    });
  }

  /** Deletes a pod; one that is being deleted already is left alone. */
  delete(owner: Involved, pod: Pod, done: Done<null>): void {
    if (pod.metadata.deletionTimestamp != null) {
      done(null);
      return;
    }
    const { events } = this.context;
    const key = `${pod.metadata.namespace ?? "default"}/${pod.metadata.name}`;
    this.context.client.delete("pods", key, {}, (answer) => {
      if (!(answer instanceof ApiError)) {
        events.event(owner, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
      } else if (answer.reason !== "NotFound") {
        events.event(owner, "Warning", "FailedDelete", `Error deleting: ${answer.message}`);
      }
      done(answer);
    });
  }

  private tryCreate(blueprint: PodBlueprint, tries: number, done: Done<Pod>): void {
    const pod = this.podOf(blueprint);
    this.context.client.create("pods", pod, (answer) => {
      if (answer instanceof ApiError && answer.reason === "AlreadyExists" && tries > 1) {
        this.tryCreate(blueprint, tries - 1, done);
        return;
      }
      this.report(blueprint.owner, answer);
      done(answer);
    });
  }

  private podOf(blueprint: PodBlueprint): Pod {
    const { labels, owner, reference, spec, template } = blueprint;
    const generateName = blueprint.generateName ?? `${owner.metadata.name}-`;
    // a stream per owner, which outlives this process: neither another workload nor a moment's delay changes these names, and with them
    // the luck of the pods
    const suffix = drawnSuffix(this.context.stream(`names/${owner.metadata.uid}`), SUFFIX_LENGTH);
    const { annotations, finalizers } = template.metadata ?? {};
    return {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: `${generateName.slice(0, MAX_BASE_LENGTH)}${suffix}`,
        generateName,
        namespace: owner.metadata.namespace ?? "default",
        labels: labels ?? template.metadata?.labels ?? {},
        ...(annotations === undefined ? {} : { annotations }),
        ...(finalizers === undefined ? {} : { finalizers }),
        ownerReferences: [reference],
      },
      spec: spec ?? template.spec,
      status: PENDING,
    };
  }

  private report(owner: Involved, answer: Pod | ApiError): void {
    const { events } = this.context;
    if (!(answer instanceof ApiError)) {
      events.event(owner, "Normal", "SuccessfulCreate", `Created pod: ${answer.metadata.name}`);
    } else if (!isNamespaceTerminating(answer)) {
      events.event(owner, "Warning", "FailedCreate", `Error creating: ${answer.message}`);
    }
  }
}

/** The refusal to create something in a namespace that is being deleted: there is nothing to be done about it. */
export function isNamespaceTerminating(error: ApiError): boolean {
  return error.reason === "Forbidden" && error.message.includes("because it is being terminated");
}
