// Tasks of several subjects on worker threads: a few subjects ahead, so that the workers always have something to do, and results in
// the order of the subjects.
import { Piscina } from "piscina";

export interface PoolOptions {
  /** The worker's compiled file. */
  readonly file: URL;
  /** The function in it. */
  readonly name: string;
  readonly folder: string;
  readonly workers: number;
  /** Subjects whose tasks wait for the workers. */
  readonly ahead: number;
}

/**
 * @param tasksOf what is to be done for a subject
 * @param take called with the answers of each subject, in order
 */
export async function inOrder<S, T, A>(
  { ahead, file, folder, name, workers }: PoolOptions,
  subjects: readonly S[],
  tasksOf: (subject: S) => readonly T[],
  take: (subject: S, answers: A[]) => void,
): Promise<void> {
  const pool = new Piscina<T, A>({
    filename: file.href,
    name,
    workerData: { folder },
    minThreads: workers,
    maxThreads: workers,
    atomics: "disabled",
  });
  // a worker file that fails to load shows as an error of the pool, and its tasks would wait for ever
  const poolFailed = new Promise<never>((_resolve, reject) => pool.on("error", reject));
  poolFailed.catch(() => undefined);
  const submit = (subject: S): Promise<A[]> => {
    const answers = Promise.all(tasksOf(subject).map((task) => pool.run(task)));
    // awaited later
    answers.catch(() => undefined);
    return answers;
  };
  try {
    const running: Promise<A[]>[] = [];
    for (const [i, subject] of subjects.entries()) {
      while (running.length < Math.min(subjects.length, i + ahead)) running.push(submit(subjects[running.length]!));
      take(subject, await Promise.race([running[i]!, poolFailed]));
    }
  } finally {
    await pool.destroy();
  }
}
