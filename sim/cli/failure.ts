// How the command line ends when it cannot do what was asked: one clear message on stderr and an exit code, never a stack
// trace for something that the user can mend.

/** 0: done. */
export const EXIT_OK = 0;
/** 1: it ran, but an expectation failed or the result means nothing. */
export const EXIT_NOT_MET = 1;
/** 2: bad input: files, options, values. */
export const EXIT_BAD_INPUT = 2;
/** 130: stopped by the user. */
export const EXIT_INTERRUPTED = 130;
/** 70: kubedrill itself is at fault. */
export const EXIT_INTERNAL = 70;

/** Something that the user can mend. The message is all that is shown. */
export class InputError extends Error {
  override readonly name = "InputError";
}

/** What to print and how to end for anything that was thrown. */
export function describeFailure(error: unknown): { readonly message: string; readonly exitCode: number } {
  // a run of a batch fails for the reason that it has in its worker
  const name = error instanceof Error ? ((error as { readonly errorName?: string }).errorName ?? error.name) : "";
  if (error instanceof InputError || BY_NAME.has(name)) {
    return { message: (error as Error).message, exitCode: EXIT_BAD_INPUT };
  }
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code !== undefined && FILE_ERRORS.has(code))
    return { message: (error as Error).message, exitCode: EXIT_BAD_INPUT };
  const text = error instanceof Error ? error.message : String(error);
  const detail = process.env.KUBEDRILL_DEBUG && error instanceof Error ? `\n${error.stack ?? ""}` : "";
  return {
    message: `internal error: ${text}${detail}\nThis is a fault of kubedrill; set KUBEDRILL_DEBUG=1 for the stack.`,
    exitCode: EXIT_INTERNAL,
  };
}

// errors of modules that must not know the command line
const BY_NAME: ReadonlySet<string> = new Set([
  "PluginLoadError",
  "QuantityError",
  "SelectorError",
  "WorkFolderError",
  "PartError",
  "SummaryFileError",
  "QueueError",
  "RunTimeoutError",
  "RunMemoryError",
]);

const FILE_ERRORS: ReadonlySet<string> = new Set([
  "ENOENT",
  "EACCES",
  "EPERM",
  "ENOTDIR",
  "EISDIR",
  "EROFS",
  "ENOSPC",
  "EEXIST",
]);
