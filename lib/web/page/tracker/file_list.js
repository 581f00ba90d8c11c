import { html, useEffect, useMemo, useState } from "htm/preact/standalone";
import { compareTexts, formatBytes, formatCount, formatThings, visible } from "../shared/format.js";
import { VirtualList } from "../shared/virtual_list.js";
import { ShareButton, UploadList } from "./upload_views.js";

/** How long nothing was typed when the tracker is asked, and how long what it found is taken for true. */
const [TYPED_MS, FOUND_MS] = [250, 10_000];

/** What to say where nothing is found, by how far the tracker has searched. */
const NOTHING_FOUND = {
  all: "No file has such a name.",
  partial: "No file has such a name among those that were searched.",
  asked: "The tracker is searching\u2026",
  failed: "The tracker cannot search now; it is asked again.",
};

/** In root ems. */
const ROW_HEIGHT = 4;

/** The files of the catalogue, to search in and to choose from. */
export function FileList({ store, uploads }) {
  const [wanted, setWanted] = useState("");
  const found = useFound(wanted, store);
  // Totals and peers come every second: there is no new order for that.
  const files = useMemo(() => {
    const others = found.files.filter(({ infoHash }) => store.files.get(infoHash) === undefined);
    return matching([...store.files.values, ...others], wanted);
  }, [store.files.version, found, wanted]);
  return html`<section class="files" aria-label="Files of the tracker">
    <div class="files-head">
      <h2>Files <span class="quiet number">${formatCount(store.fileTotal)}</span></h2>
      <${ShareButton} tracker=${store.tracker} uploads=${uploads} />
    </div>
    <${UploadList} uploads=${uploads} />
    ${
    store.fileTotal > 0 && html`
      <input
        class="field"
        type="search"
        placeholder="Search by name"
        aria-label="Search files by name"
        value=${wanted}
        onInput=${(event) => setWanted(event.currentTarget.value)}
      />
    `
  }
    ${
    files.length > 0
      ? html`
        <div class="files-scroll">
          <${VirtualList}
            items=${files}
            rowHeight=${ROW_HEIGHT}
            keyOf=${({ infoHash }) => infoHash}
            role="list"
            rowRole="listitem"
            row=${(file) => html`<${FileRow} file=${file} chosen=${store.swarm?.infoHash} />`}
          />
        </div>
      `
      : html`<p class="quiet small none">${
        store.fileTotal === 0 ? "No files yet." : NOTHING_FOUND[found.state]
      }</p>`
  }
    ${
    found.state === "partial" && html`
      <p class="quiet small none">The tracker has more files than it searches: there may be others.</p>
    `
  }
  </section>`;
}

function FileRow({ file, chosen }) {
  const { infoHash, name, length, seeders, leechers } = file;
  const isChosen = infoHash === chosen;
  return html`
    <a
      class=${`file-row ${isChosen ? "is-chosen" : ""}`}
      href=${`#/${infoHash}`}
      aria-current=${isChosen ? "page" : undefined}
    >
      <bdi class="clip name">${visible(name) || infoHash}</bdi>
      <span class="small quiet number facts">
        <span>${formatBytes(length)}</span>
        <span class=${seeders > 0 ? "has-seeders" : ""}>${formatThings(seeders, "seeder")}</span>
        <span>${formatThings(leechers, "leecher")}</span>
      </span>
    </a>
  `;
}

function matching(files, wanted) {
  const text = wanted.trim().toLowerCase();
  const kept = text === ""
    ? files
    : files.filter(({ name, infoHash }) =>
      name.toLowerCase().includes(text) || infoHash.startsWith(text)
    );
  // Those with nobody come last; an order by how many there are would never rest.
  return kept.sort((a, b) =>
    Number(isAbandoned(a)) - Number(isAbandoned(b)) ||
    compareTexts(a.name, b.name)
  );
}

function isAbandoned({ seeders, leechers }) {
  return seeders + leechers === 0;
}

/**
 * What the tracker finds where it has more files than were sent, asked for anew now and then and when
 * files have come or gone, and how far it has searched. What was found for fewer letters stays meanwhile.
 */
function useFound(wanted, store) {
  const [found, setFound] = useState({ text: "", files: [], state: "all" });
  const total = store.fileTotal;
  const text = total > store.files.size ? wanted.trim() : "";
  useEffect(() => {
    if (text === "") return;
    const cut = new AbortController();
    const ask = async () => {
      const answer = await findFiles(text, cut.signal);
      if (cut.signal.aborted) return;
      // Where nobody answers, what was found before stays.
      setFound((before) =>
        answer === undefined
          ? { text, files: before.files, state: before.text === text ? before.state : "failed" }
          : { text, files: answer.files, state: answer.searchedAll ? "all" : "partial" }
      );
      timer = setTimeout(ask, FOUND_MS);
    };
    let timer = setTimeout(ask, TYPED_MS);
    return () => {
      clearTimeout(timer);
      cut.abort();
    };
  }, [text, total]);
  return useMemo(() => {
    if (text === "") return { files: [], state: "all" };
    return found.text === text ? found : { files: found.files, state: "asked" };
  }, [found, text]);
}

async function findFiles(search, signal) {
  try {
    const query = new URLSearchParams({ search, limit: "200" });
    const response = await fetch(`api/v1/files?${query}`, { signal });
    return response.ok ? await response.json() : undefined;
  } catch {
    // Cut off by the next letter, or nobody answers.
    return undefined;
  }
}
