// The API's refusals with the texts that kube-apiserver gives them.
import { ApiError, type ApiKind } from "./client.ts";
import { groupOf, qualifiedKind, qualifiedResource, resourceOf } from "./kind-rules.ts";

export function notFound(kind: ApiKind, name: string): ApiError {
  return new ApiError("NotFound", `${qualifiedResource(kind)} "${name}" not found`);
}

export function alreadyExists(kind: ApiKind, name: string): ApiError {
  return new ApiError("AlreadyExists", `${qualifiedResource(kind)} "${name}" already exists`);
}

/** @param resource with its subresource, as "pods/binding"; default: that of the kind */
export function conflict(kind: ApiKind, name: string, why: string, resource = qualifiedResource(kind)): ApiError {
  return new ApiError("Conflict", `Operation cannot be fulfilled on ${resource} "${name}": ${why}`);
}

export function modified(kind: ApiKind, name: string): ApiError {
  return conflict(
    kind,
    name,
    "the object has been modified; please apply your changes to the latest version and try again",
  );
}

export function invalid(kind: ApiKind, name: string, why: string): ApiError {
  return new ApiError("Invalid", `${qualifiedKind(kind)} "${name}" is invalid: ${why}`);
}

/** What admission refuses. */
export function forbidden(kind: ApiKind, name: string, why: string): ApiError {
  const subject = name === "" ? qualifiedResource(kind) : `${qualifiedResource(kind)} "${name}"`;
  return new ApiError("Forbidden", `${subject} is forbidden: ${why}`);
}

/** What authorization refuses. */
export function notAllowed(
  kind: ApiKind,
  name: string,
  namespace: string,
  user: string,
  verb: string,
  subresource: string,
): ApiError {
  const resource = subresource === "" ? resourceOf(kind) : `${resourceOf(kind)}/${subresource}`;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace "${namespace}"`;
  return forbidden(
    kind,
    name,
    `User "${user}" cannot ${verb} resource "${resource}" in API group "${groupOf(kind)}" ${where}`,
  );
}

export function preconditionFailed(kind: ApiKind, name: string, what: string, wanted: string, found: string): ApiError {
  return conflict(
    kind,
    name,
    `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${found}). The object might have been deleted and then recreated`,
  );
}
