// persistentvolume-attach-detach-controller: attaches the volumes of pods to their nodes and detaches them when no pod needs them there.
// A volume that its node still reports as in use is not taken away, but from a node that is not ready after 6 min, and at once from
// one that is marked out of service. Not modelled: volumes that are no CSI volumes. Source: behaviour of kube-controller-manager 1.36.
import { ApiError } from "../apiserver/client.ts";
import { ask, runSteps, type Steps } from "../engine/steps.ts";
import { MILLISECOND, MINUTE, SECOND } from "../engine/tick.ts";
import type { Node, PersistentVolume, Pod, VolumeAttachment } from "../model/objects.ts";
import { OUT_OF_SERVICE_TAINT } from "../model/taints.ts";
import { attachedName, attachmentName, claimKeyOf, claimKeys, isShared, needsAttach } from "../model/volume-names.ts";
import type { Controller, ControllerContext } from "./framework/controller.ts";
import { Calendar } from "./node-lifecycle/calendar.ts";

const LOOP_MICROS = 100 * MILLISECOND;
const MAX_WAIT_FOR_UNMOUNT_MICROS = 6 * MINUTE;
const FIRST_BACK_OFF_MICROS = SECOND / 2;
const MAX_BACK_OFF_MICROS = 2 * MINUTE + 2 * SECOND;

export const attachDetach: Controller = {
  name: "persistentvolume-attach-detach-controller",
  eventSource: "attachdetach-controller",
  watches: ["pods", "nodes", "persistentVolumes", "persistentVolumeClaims", "volumeAttachments", "csiDrivers"],
  start(context) {
    new AttachDetach(context).start();
  },
};

/** A volume and a node: who wants it there, and how far it is. */
interface Place {
  readonly key: string;
  readonly volumeName: string;
  readonly nodeName: string;
  readonly pods: Set<string>;
  /** No pod wants it any more since. */
  unwantedMicros: number;
  isReported: boolean;
  isBusy: boolean;
  retryMicros: number;
  backOffMicros: number;
}

class AttachDetach {
  private readonly context: ControllerContext;
  private readonly places = new Map<string, Place>();
  // by volume, in order of first sight
  private readonly byVolume = new Map<string, Set<Place>>();
  private readonly byNode = new Map<string, Set<Place>>();
  private readonly placesOfPod = new Map<string, Place[]>();
  // pods that have no bound claim yet, by claim
  private readonly podsOfClaim = new Map<string, Set<string>>();
  private readonly due = new Set<Place>();
  private readonly calendar: Calendar;

  constructor(context: ControllerContext) {
    this.context = context;
    this.calendar = new Calendar({
      life: context.life,
      periodMicros: LOOP_MICROS,
      pass: (done) => {
        this.reconcile();
        done();
      },
      wantedMicros: () => {
        let wanted = Number.POSITIVE_INFINITY;
        for (const place of this.due) wanted = Math.min(wanted, place.retryMicros);
        return wanted;
      },
    });
  }

  start(): void {
    const { informers } = this.context;
    // attachments of a former life are known before anybody wants anything
    informers.of("volumeAttachments").listen({
      added: (attachment) => this.attachmentChanged(attachment),
      updated: (_before, attachment) => this.attachmentChanged(attachment),
      deleted: (attachment) => this.attachmentChanged(attachment),
    });
    informers.of("pods").listen({
      added: (pod, key) => this.podChanged(pod, key),
      updated: (_before, pod, key) => this.podChanged(pod, key),
      deleted: (pod, key) => this.podGone(pod, key),
    });
    const claimChanged = (key: string) => {
      for (const pod of this.podsOfClaim.get(key) ?? []) {
        const found = informers.of("pods").cache.get(pod);
        if (found !== undefined) this.podChanged(found, pod);
      }
    };
    informers.of("persistentVolumeClaims").listen({
      added: (claim) => claimChanged(claimKeyOf(claim)),
      updated: (_before, claim) => claimChanged(claimKeyOf(claim)),
    });
    informers.of("nodes").listen({
      updated: (before, after) => {
        if (!this.byNode.has(after.metadata.name)) return;
        const isSame =
          before.status?.volumesInUse === after.status?.volumesInUse &&
          before.spec?.taints === after.spec?.taints &&
          isReady(before) === isReady(after);
        if (!isSame) this.nodeChanged(after.metadata.name);
      },
      deleted: (node) => this.nodeChanged(node.metadata.name),
    });
  }

  // ---- what is wanted ----------------------------------------------------------------------------------------------

  private podChanged(pod: Pod, key: string): void {
    const keys = claimKeys(pod);
    if (keys.length === 0) return;
    if (!pod.spec.nodeName || isTerminated(pod)) {
      this.podGone(pod, key);
      return;
    }
    const known = this.placesOfPod.get(key) ?? [];
    if (known.length === keys.length) return;
    const { informers } = this.context;
    for (const claimKey of keys) {
      const claim = informers.of("persistentVolumeClaims").cache.get(claimKey);
      const volume = informers.of("persistentVolumes").cache.get(claim?.spec.volumeName ?? "");
      if (claim?.status?.phase !== "Bound" || volume === undefined) {
        const waiting = this.podsOfClaim.get(claimKey) ?? new Set();
        waiting.add(key);
        this.podsOfClaim.set(claimKey, waiting);
        continue;
      }
      this.noLongerWaits(claimKey, key);
      const driver = informers.of("csiDrivers").cache.get(volume.spec.csi?.driver ?? "");
      if (!needsAttach(volume, driver)) continue;
      const place = this.placeOf(volume.metadata.name, pod.spec.nodeName);
      if (place.pods.has(key)) continue;
      place.pods.add(key);
      known.push(place);
      this.look(place);
    }
    if (known.length > 0) this.placesOfPod.set(key, known);
  }

  private podGone(pod: Pod, key: string): void {
    for (const claimKey of claimKeys(pod)) this.noLongerWaits(claimKey, key);
    for (const place of this.placesOfPod.get(key) ?? []) {
      place.pods.delete(key);
      if (place.pods.size > 0) continue;
      place.unwantedMicros = this.context.engine.now;
      this.look(place);
    }
    this.placesOfPod.delete(key);
  }

  private noLongerWaits(claimKey: string, key: string): void {
    const waiting = this.podsOfClaim.get(claimKey);
    if (waiting?.delete(key) === true && waiting.size === 0) this.podsOfClaim.delete(claimKey);
  }

  private nodeChanged(name: string): void {
    for (const place of this.byNode.get(name) ?? []) this.look(place);
  }

  private attachmentChanged({ spec }: VolumeAttachment): void {
    const place = this.placeOf(spec.source.persistentVolumeName ?? "", spec.nodeName);
    // who waits for the volume elsewhere can be served now
    for (const other of this.byVolume.get(place.volumeName) ?? []) this.look(other);
  }

  private placeOf(volumeName: string, nodeName: string): Place {
    const key = attachmentName(volumeName, nodeName);
    let place = this.places.get(key);
    if (place === undefined) {
      place = {
        key,
        volumeName,
        nodeName,
        pods: new Set(),
        unwantedMicros: this.context.engine.now,
        isReported: false,
        isBusy: false,
        retryMicros: 0,
        backOffMicros: 0,
      };
      this.places.set(key, place);
      put(this.byVolume, volumeName, place);
      put(this.byNode, nodeName, place);
    }
    return place;
  }

  private look(place: Place): void {
    place.retryMicros = Math.max(this.context.engine.now, place.backOffMicros === 0 ? 0 : place.retryMicros);
    this.due.add(place);
    this.calendar.plan();
  }

  // ---- the loop ----------------------------------------------------------------------------------------------------

  /** Detaches before it attaches, so that what is given up here can be had there. */
  private reconcile(): void {
    const { now } = this.context.engine;
    const places = [...this.due].filter((place) => place.retryMicros <= now);
    for (const place of places) this.due.delete(place);
    for (const place of places) if (place.pods.size === 0) this.detach(place);
    for (const place of places) if (place.pods.size > 0) this.attach(place);
  }

  private detach(place: Place): void {
    const { engine, events, informers } = this.context;
    const attachment = informers.of("volumeAttachments").cache.get(place.key);
    if (attachment === undefined) {
      this.forget(place);
      return;
    }
    if (attachment.metadata.deletionTimestamp != null || place.isBusy) return;
    const node = informers.of("nodes").cache.get(place.nodeName);
    if (node !== undefined && this.isInUse(place, node) && !hasOutOfService(node)) {
      const waitedMicros = engine.now - place.unwantedMicros;
      if (isReady(node) || waitedMicros < MAX_WAIT_FOR_UNMOUNT_MICROS) {
        // a node that is ready says by itself when it has unmounted the volume
        if (!isReady(node)) this.again(place, place.unwantedMicros + MAX_WAIT_FOR_UNMOUNT_MICROS - engine.now);
        return;
      }
      const metadata = { name: place.nodeName };
      const message = `Force detaching volume "${place.volumeName}" from node "${place.nodeName}" after 6m0s`;
      events.event({ apiVersion: "v1", kind: "Node", metadata }, "Warning", "ForceDetach", message);
    }
    this.run(place, this.doDetach(place));
  }

  private attach(place: Place): void {
    const { informers } = this.context;
    const attachment = informers.of("volumeAttachments").cache.get(place.key);
    const volume = informers.of("persistentVolumes").cache.get(place.volumeName);
    if (volume === undefined || place.isBusy) return;
    if (attachment !== undefined) {
      // being taken away: when it is gone, it is attached anew
      if (attachment.metadata.deletionTimestamp != null) return;
      if (attachment.status?.attached === true && !this.isListed(place, volume))
        this.run(place, this.report(place, volume));
      return;
    }
    const elsewhere = isShared(volume) ? undefined : this.attachedElsewhere(place);
    if (elsewhere !== undefined) {
      this.multiAttachError(place, elsewhere);
      return;
    }
    this.run(place, this.doAttach(place, volume));
  }

  private attachedElsewhere(place: Place): Place | undefined {
    const attachments = this.context.informers.of("volumeAttachments").cache;
    for (const other of this.byVolume.get(place.volumeName) ?? []) {
      if (other !== place && (attachments.has(other.key) || other.isBusy)) return other;
    }
    return undefined;
  }

  /** Told once per pod; another look comes when the other attachment has gone. */
  private multiAttachError(place: Place, elsewhere: Place): void {
    if (place.isReported) return;
    place.isReported = true;
    const { events, informers } = this.context;
    for (const key of place.pods) {
      const pod = informers.of("pods").cache.get(key);
      if (pod === undefined) continue;
      const others = [...elsewhere.pods].map((other) => other.slice(other.indexOf("/") + 1));
      const message =
        others.length === 0
          ? `Multi-Attach error for volume "${place.volumeName}" Volume is already exclusively attached to one node and can't be attached to another`
          : `Multi-Attach error for volume "${place.volumeName}" Volume is already used by pod(s) ${others.join(", ")}`;
      const involved = { apiVersion: "v1", kind: "Pod", metadata: pod.metadata };
      events.event(involved, "Warning", "FailedAttachVolume", message);
    }
  }

  private *doAttach(place: Place, volume: PersistentVolume): Steps<boolean> {
    const { client } = this.context;
    const attachment: VolumeAttachment = {
      apiVersion: "storage.k8s.io/v1",
      kind: "VolumeAttachment",
      metadata: { name: place.key },
      spec: {
        attacher: volume.spec.csi?.driver ?? "",
        nodeName: place.nodeName,
        source: { persistentVolumeName: place.volumeName },
      },
      status: { attached: false },
    };
    const answer = yield* ask<VolumeAttachment | ApiError>((done) =>
      client.create("volumeAttachments", attachment, done),
    );
    return !(answer instanceof ApiError) || answer.reason === "AlreadyExists";
  }

  private *doDetach(place: Place): Steps<boolean> {
    const { client, informers } = this.context;
    const volume = informers.of("persistentVolumes").cache.get(place.volumeName);
    const name = volume === undefined ? null : attachedName(volume);
    // first it is said that it is not attached, so that no kubelet mounts it any more
    if (name !== null && informers.of("nodes").cache.has(place.nodeName)) {
      yield* ask<Node | ApiError>((done) =>
        client.patchStatus("nodes", place.nodeName, (node) => withoutVolume(node, name), done),
      );
    }
    const answer = yield* ask<null | ApiError>((done) => client.delete("volumeAttachments", place.key, {}, done));
    return !(answer instanceof ApiError) || answer.reason === "NotFound";
  }

  private *report(place: Place, volume: PersistentVolume): Steps<boolean> {
    const { client, events, informers } = this.context;
    const name = attachedName(volume);
    if (name === null) return true;
    const answer = yield* ask<Node | ApiError>((done) =>
      client.patchStatus("nodes", place.nodeName, (node) => withVolume(node, name), done),
    );
    if (answer instanceof ApiError) return answer.reason === "NotFound";
    for (const key of place.pods) {
      const pod = informers.of("pods").cache.get(key);
      if (pod === undefined) continue;
      const message = `AttachVolume.Attach succeeded for volume "${place.volumeName}" `;
      events.event(
        { apiVersion: "v1", kind: "Pod", metadata: pod.metadata },
        "Normal",
        "SuccessfulAttachVolume",
        message,
      );
    }
    return true;
  }

  private run(place: Place, steps: Steps<boolean>): void {
    place.isBusy = true;
    runSteps(steps, (isDone) => {
      if (this.context.life.isOver) return;
      place.isBusy = false;
      if (isDone) {
        place.backOffMicros = 0;
        place.isReported = false;
        return;
      }
      place.backOffMicros = Math.min(Math.max(2 * place.backOffMicros, FIRST_BACK_OFF_MICROS), MAX_BACK_OFF_MICROS);
      this.again(place, place.backOffMicros);
    });
  }

  private again(place: Place, delayMicros: number): void {
    place.retryMicros = this.context.engine.now + delayMicros;
    this.due.add(place);
    this.calendar.plan();
  }

  private forget(place: Place): void {
    if (place.isBusy) return;
    this.places.delete(place.key);
    take(this.byVolume, place.volumeName, place);
    take(this.byNode, place.nodeName, place);
  }

  private isInUse(place: Place, node: Node): boolean {
    const volume = this.context.informers.of("persistentVolumes").cache.get(place.volumeName);
    const name = volume === undefined ? null : attachedName(volume);
    return name !== null && (node.status?.volumesInUse?.includes(name) ?? false);
  }

  private isListed(place: Place, volume: PersistentVolume): boolean {
    const name = attachedName(volume);
    const node = this.context.informers.of("nodes").cache.get(place.nodeName);
    return node?.status?.volumesAttached?.some((attached) => attached.name === name) ?? false;
  }
}

function put(index: Map<string, Set<Place>>, value: string, place: Place): void {
  const places = index.get(value);
  if (places === undefined) index.set(value, new Set([place]));
  else places.add(place);
}

function take(index: Map<string, Set<Place>>, value: string, place: Place): void {
  const places = index.get(value);
  if (places?.delete(place) === true && places.size === 0) index.delete(value);
}

function withVolume(node: Node, name: string): Node {
  const before = node.status?.volumesAttached ?? [];
  if (before.some((attached) => attached.name === name)) return node;
  return { ...node, status: { ...node.status, volumesAttached: [...before, { name, devicePath: "" }] } };
}

function withoutVolume(node: Node, name: string): Node {
  const before = node.status?.volumesAttached ?? [];
  if (!before.some((attached) => attached.name === name)) return node;
  return {
    ...node,
    status: { ...node.status, volumesAttached: before.filter((attached) => attached.name !== name) },
  };
}

function isReady(node: Node): boolean {
  return node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

function hasOutOfService(node: Node): boolean {
  return node.spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE_TAINT) ?? false;
}

/** Finished, or told to end with no container left. */
function isTerminated({ metadata, status }: Pod): boolean {
  if (status?.phase === "Succeeded" || status?.phase === "Failed") return true;
  if (metadata.deletionTimestamp == null) return false;
  return !(status?.containerStatuses ?? []).some(({ state }) => state?.running != null);
}
