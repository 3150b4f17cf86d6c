// What a new scenario begins as: small, complete, and running at once.

export const STARTER = `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: my-scenario }
spec:
  seed: 1
  duration: 30m
  cluster:
    start: settled
    nodePools:
      - name: general
        count: 6
        zones: [a, b, c]
        machine: { cpu: 4, memory: 8Gi }
  workload:
    - arrivals:
        shape: { spec: { containers: [{ name: main, resources: { requests: { cpu: 500m, memory: 512Mi } } }] } }
        every: { exponential: 20s }
        lifetime: { lognormal: { median: 5m, p90: 15m } }
  faults:
    - { id: zone-a, at: 10m, zoneOutage: { zone: a, for: 5m } }
  expect:
    - p99(pendingSeconds) < 1m
`;
