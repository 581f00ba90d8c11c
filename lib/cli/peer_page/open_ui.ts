import type { PeerNode } from "../../peer/mod.ts";
import { describeListening } from "../cli_node.ts";
import { UsageError } from "../cli_error.ts";
import type { Context } from "../command.ts";
import { printable } from "../printable.ts";

/**
 * Opens the page of a node, if the command line asks for one, and tells where it is; its end closes the
 * page, and is due before that of the node.
 *
 * @throws {CliError} if it cannot listen where it should
 */
export async function openUi(
  { args, output }: Pick<Context, "args" | "output">,
  node: PeerNode,
): Promise<AsyncDisposable> {
  const port = args.port("ui-port") ?? 0;
  if (!args.has("ui")) {
    if (args.text("ui-port") === undefined) {
      return { [Symbol.asyncDispose]: () => Promise.resolve() };
    }
    throw new UsageError("Cannot use --ui-port without --ui, which opens the page");
  }
  const { openPeerPage } = await import("./peer_page.ts");
  try {
    const page = openPeerPage({
      ...{ node, port },
      onFailure(error) {
        const reason = printable(error instanceof Error ? error.message : String(error));
        output.note({ type: "ui-failed", reason }, `The page is not to be had for now: ${reason}`);
      },
    });
    output.note({ type: "ui", url: page.url }, `The page of this peer is at ${page.url}`);
    return page;
  } catch (cause) {
    throw describeListening(cause, { host: "127.0.0.1", port }, "ui-port");
  }
}
