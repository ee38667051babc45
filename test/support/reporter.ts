import type { Reporter, SerializedError, TestModule } from "vitest/node";

/** Closes a run with one plain line, `N passed, N failed, N skipped`, for who reads the output by machine. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(testModules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of testModules) {
      let failedTests = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        switch (state) {
          case "passed":
            counts.passed += 1;
            break;
          case "failed":
            failedTests += 1;
            break;
          // A test that the run was broken off before.
          case "pending":
          case "skipped":
            counts.skipped += 1;
            break;
          default:
            state satisfies never;
        }
      }
      // A file that can't be loaded, or whose hooks fail, fails without a failed test.
      counts.failed += failedTests === 0 && module.state() === "failed" ? 1 : failedTests;
    }
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  }
}
