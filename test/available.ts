/**
 * What `start` answers, or undefined where its server can't be had: the tests that need it are
 * skipped then. In CI (`CI=true`) that is an error instead.
 */
export async function available<T>(start: () => Promise<T>): Promise<T | undefined> {
  try {
    return await start();
  } catch (error) {
    if (process.env.CI === "true") throw error;
    console.error(`Tests are skipped: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}
