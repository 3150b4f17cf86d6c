// The files that `kubedrill init` writes. A test runs them, so that they stay valid.

export const STARTER_FILES: readonly { readonly name: string; readonly text: string }[] = [
  {
    name: "scenario.yaml",
    text: `# A rehearsal on a simulated cluster. Check it with \`kubedrill validate\`, run it with \`kubedrill run\`.
# All fields: kubedrill schema
apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata:
  name: first-drill
spec:
  # Same seed, same bytes: another seed draws other arrivals and run times.
  seed: 42
  # Virtual time. \`until: idle\` instead ends the run when nothing is left to happen.
  duration: 30m

  cluster:
    # The shop has been running for long. \`fresh\` (the default) instead begins with its manifests applied to an empty cluster.
    start: settled
    nodePools:
      # Six machines over three zones. \`kubedrill run scenario.yaml --set cluster.nodePools[0].count=4\` tries four.
      - name: general
        count: 6
        zones: [a, b, c]
        machine: { cpu: 4, memory: 16Gi }
      # Two more that take about two minutes to boot.
      - name: late
        count: 2
        zones: [a, b]
        machine: { cpu: 8, memory: 32Gi }
        boot: { uniform: { min: 90s, max: 150s } }
    # Your own manifests: files, folders or patterns, as from kubectl get -o yaml, helm template or kustomize build.
    manifests: [./shop.yaml]

  workload:
    # Batch pods that come every 10 seconds on average and run for some minutes.
    - arrivals:
        shape: ./job-pod.yaml
        every: { exponential: 10s }
        lifetime: { lognormal: { median: 3m, p90: 8m } }

  # Requests from outside of the pods, and how many pods must answer them.
  traffic:
    services:
      - { service: web, rate: 200/s, minAvailable: 4 }

  # What people do: here a new version is rolled out. All actions: docs/ACTIONS.md
  actions:
    - { id: v2, at: 3m, setImage: { object: deployment/web, images: { web: "registry.example/web:2.0" } } }

  # What goes wrong: here a machine loses its power for ten minutes. All kinds: docs/FAULTS.md
  # Watch it: kubedrill run scenario.yaml --follow, or kubedrill get pods,nodes scenario.yaml --at 9m
  faults:
    - { id: crash, at: 8m, nodeCrash: { node: general-2, for: 10m } }

  # The exit code is 1 when one of these does not hold.
  expect:
    - pending == 0
    - p99(pendingSeconds) < 60s
    - after v2: eventually rolledOut(deployment/web) within 2m
    - before crash: always ready(deployment/web) >= 5
    # Kubernetes notices after 50 seconds, and waits five minutes more before it replaces the pods.
    - during crash: eventually ready(deployment/web) == 6 within 7m
    - availability(service/web) > 98%
`,
  },
  {
    name: "shop.yaml",
    text: `# A small shop: the kind of manifests that you have already.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: { app: web }
spec:
  replicas: 6
  selector:
    matchLabels: { app: web }
  template:
    metadata:
      labels: { app: web }
    spec:
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: topology.kubernetes.io/zone
          whenUnsatisfiable: DoNotSchedule
          labelSelector:
            matchLabels: { app: web }
      containers:
        - name: web
          image: registry.example/web:1.0
          ports:
            - containerPort: 8080
          readinessProbe:
            initialDelaySeconds: 5
            httpGet: { path: /healthz, port: 8080 }
          resources:
            requests: { cpu: 500m, memory: 512Mi }
            limits: { memory: 512Mi }
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: { app: web }
  ports:
    - port: 80
      targetPort: 8080
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: cart
spec:
  serviceName: cart
  replicas: 3
  selector:
    matchLabels: { app: cart }
  template:
    metadata:
      labels: { app: cart }
    spec:
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - labelSelector:
                matchLabels: { app: cart }
              topologyKey: kubernetes.io/hostname
      containers:
        - name: cart
          image: registry.example/cart:1.0
          resources:
            requests: { cpu: 250m, memory: 1Gi }
`,
  },
  {
    name: "job-pod.yaml",
    text: `# The shape of the pods that arrive: an ordinary pod, or anything with a pod template.
apiVersion: v1
kind: Pod
metadata:
  name: render
  labels: { app: render }
spec:
  restartPolicy: Never
  containers:
    - name: render
      image: registry.example/render:1.0
      resources:
        requests: { cpu: "1", memory: 2Gi }
`,
  },
];
