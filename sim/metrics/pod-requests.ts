// What a pod asks for, as amounts of the report's resources, worked out once per template.
import type { Pod } from "../model/objects.ts";
import { RequestMemo } from "../model/request-memo.ts";
import type { ResourceAmounts } from "../model/resources.ts";
import { type Amounts, isGpu } from "./resources.ts";

export class PodRequestsCache {
  private readonly memo = new RequestMemo();
  private readonly known = new WeakMap<ResourceAmounts, Amounts>();

  of(pod: Pod): Amounts {
    const requests = this.memo.of(pod);
    let amounts = this.known.get(requests);
    if (amounts === undefined) {
      let gpu = 0;
      for (const [name, amount] of requests.scalar) if (isGpu(name)) gpu += amount;
      amounts = {
        fixed: [requests.cpuMilli, requests.memoryBytes, requests.ephemeralBytes, 1, gpu],
        other: requests.scalar,
      };
      this.known.set(requests, amounts);
    }
    return amounts;
  }
}
