// What the journal holds: searched back and on in time, from any record.

/** Records that are asked for at a time. */
export const PAGE = 500;

export class History {
  /** `on`: progress(searched, of, cancel) while it looks, progress(null) when it does not. */
  constructor(stream, on) {
    Object.assign(this, { stream, on, running: null });
  }

  cancel() {
    this.running?.abort();
    this.running = null;
    this.on.progress(null);
  }

  /**
   * Gives the records found, in the order of their numbers, and whether there are no more that way.
   * `place` is {before: number} or {after: number} or nothing; null if it was cancelled.
   */
  async search(filters, place, limit = PAGE) {
    this.cancel();
    const running = new AbortController();
    this.running = running;
    const parameters = new URLSearchParams({ history: limit });
    for (const [name, value] of Object.entries({ ...filters, ...place })) if (value || value === 0) parameters.set(name, value);
    const records = [];
    let complete = false;
    try {
      const response = await fetch(`/api/v1/search?${parameters}`, { headers: this.stream.headers(), signal: running.signal, cache: "no-store" });
      if (!response.ok) throw new Error((await response.json()).error);
      this.on.progress(0, 0);
      for await (const said of lines(response.body.getReader())) {
        if (said.number !== undefined) records.push(said);
        else if (said.searched !== undefined) this.on.progress(said.searched, said.of);
        if (said.end !== undefined) complete = said.end;
      }
    } catch (error) {
      if (running.signal.aborted) return null;
      return { records: [], complete: true, error: error.message };
    } finally {
      if (this.running === running) this.cancel();
    }
    if (place?.after === undefined) records.reverse();
    return { records, complete };
  }
}

async function* lines(reader) {
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const found = (rest + decoder.decode(value, { stream: true })).split("\n");
    rest = found.pop();
    for (const line of found) yield JSON.parse(line);
  }
}
