import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

/** Names under which Chromium is installed. */
const PROGRAMS = ["chromium", "chromium-browser", "google-chrome"];

/** How long anything that is waited for in a page may take. */
export const PATIENCE_MS = 30_000;

/** What the browser says when a tracker ends while its page is open, as at the end of most tests. */
const TRACKER_ENDED = /net::ERR_(CONNECTION_|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE)/;

const DESKTOP = { width: 1280, height: 900 };

/** Where there is a Chromium. */
const PROGRAM = findProgram();

/** What a browser test works with. */
export interface Scenery {
  readonly page: Page;
  /** Keeps a picture of what is seen, by its name. */
  readonly keep: (name: string) => Promise<void>;
  /** Notes what the page did wrong on purpose, so that it is no fault: a part of the message. */
  readonly expectFault: (part: string) => void;
}

/**
 * A test with a page in a real Chromium, which has a second attempt, with a new browser, where something
 * did not come to be seen in time: what it makes must not stand in its own way then. It fails if the page told of an error, or if the browser kept it
 * from doing what its policy forbids. Without a Chromium it is skipped.
 */
export function browserTest(
  name: string,
  options: BrowserContextOptions,
  test: (scenery: Scenery) => Promise<void>,
): void {
  Deno.test({
    name: PROGRAM === undefined ? `${name} (skipped: no chromium)` : name,
    ignore: PROGRAM === undefined,
    async fn() {
      try {
        await runOnce(options, test);
      } catch (error) {
        if (!(error instanceof WaitedInVain)) throw error;
        // On a busy machine a browser stands still once in hundreds of times: a new one shows who is at fault.
        const text = `  first attempt of ${JSON.stringify(name)}: ${error.message}\n`;
        Deno.stderr.writeSync(new TextEncoder().encode(text));
        await runOnce(options, test);
      }
    },
  });
}

/** Something did not come to be seen in a page in time. */
class WaitedInVain extends Error {
  override name = "WaitedInVain";
}

async function runOnce(
  options: BrowserContextOptions,
  test: (scenery: Scenery) => Promise<void>,
): Promise<void> {
  const browser = await openBrowser();
  const faults: string[] = [];
  const expected: string[] = [];
  try {
    const context = await browser.newContext({
      ...{ viewport: DESKTOP, colorScheme: "light", locale: "en-GB", timezoneId: "UTC" },
      ...options,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("console", (message) => {
      const text = message.text();
      const isFault = ["error", "warning"].includes(message.type());
      if (isFault && !TRACKER_ENDED.test(text)) faults.push(text);
    });
    page.on("pageerror", (error) => faults.push(String(error.stack ?? error)));
    const scenery: Scenery = {
      page,
      keep: (name) => keepScreenshot(page, name),
      expectFault: (part) => void expected.push(part),
    };
    await test(scenery).catch(async (cause) => {
      if (cause?.name !== "TimeoutError") throw cause;
      throw new WaitedInVain(await describeFailure(cause, page, faults), { cause });
    });
  } finally {
    await browser.close();
  }
  const found = faults.filter((fault) => !expected.some((part) => fault.includes(part)));
  assertEquals(found, [], "the page did something wrong");
}

/** Waits until an expression holds; the page itself may not evaluate any, by its policy. */
export async function until(page: Page, expression: string): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!await page.evaluate(expression)) {
    assert(performance.now() < endMs, `it never held: ${expression}`);
  }
}

/** Waits until so many things in a page match a selector. */
export async function waitForCount(page: Page, selector: string, count: number): Promise<void> {
  if (count > 0) await page.locator(selector).nth(count - 1).waitFor({ state: "attached" });
  await page.locator(selector).nth(count).waitFor({ state: "detached" });
}

/** What went wrong, and what was to be seen and heard of the page then. */
async function describeFailure(
  cause: unknown,
  page: Page,
  faults: readonly string[],
): Promise<string> {
  const seen = await page.locator("body").innerText({ timeout: 5_000 }).catch(String);
  return `${cause}\nThe page showed:\n${seen}\nThe browser said:\n${faults.join("\n")}`;
}

async function openBrowser(): Promise<Browser> {
  // It takes a second to load: only who has a browser needs it.
  const { chromium } = await import("playwright-core");
  // As root, as in containers, Chromium does not start with its sandbox.
  const options = {
    args: ["--no-sandbox", "--disable-gpu"],
    handleSIGINT: false,
    handleSIGTERM: false,
  };
  return await chromium.launch({
    ...options,
    handleSIGHUP: false,
    executablePath: PROGRAM ?? "",
  });
}

/** Keeps a picture in the folder that the environment names, if it names one. */
async function keepScreenshot(page: Page, name: string): Promise<void> {
  const folder = Deno.env.get("SLUICE_SCREENSHOTS");
  if (folder === undefined) return;
  await Deno.mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled" });
}

function findProgram(): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  const paths = PROGRAMS.flatMap((name) => folders.map((folder) => join(folder, name)));
  return paths.find(isFile);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    // Not there, or not to be seen: as good as not there.
    return false;
  }
}
