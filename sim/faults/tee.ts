// Several listeners as one: each call goes to all that have the method, in their order.

type Method = (...parameters: readonly unknown[]) => void;

/** @param listeners instances of classes whose methods listen, and objects of functions */
export function tee<T extends object>(listeners: readonly T[]): T {
  const methods = new Map<string, Method[]>();
  for (const listener of listeners) {
    const names = [...Object.getOwnPropertyNames(Object.getPrototypeOf(listener) as object), ...Object.keys(listener)];
    for (const name of names) {
      const method = (listener as Record<string, unknown>)[name];
      if (name === "constructor" || typeof method !== "function") continue;
      const list = methods.get(name) ?? [];
      list.push((...parameters) => (method as Method).apply(listener, [...parameters]));
      methods.set(name, list);
    }
  }
  const together: Record<string, Method> = {};
  for (const [name, list] of methods)
    together[name] = (...parameters) => {
      for (const method of list) method(...parameters);
    };
  return together as T;
}
