// What the journal holds: searched back and on in time, from any record, and counted.

/** Records that are asked for at a time. */
export const PAGE = 500;

export class History {
  /** `on`: progress(searched, of) while it looks, progress(null) when it does not. */
  constructor(stream, on) {
    Object.assign(this, { stream, on, running: null });
  }

  cancel() {
    this.running?.abort();
    this.running = null;
    this.on.progress(null);
  }

  /**
   * Looks for records; `place` is {before: number} or {after: number} or nothing. `on` gets them as they are
   * found, the newest first, or with `after` the oldest first. Gives all of them in the order of their numbers, and
   * whether there are no more that way; null if it was cancelled.
   */
  async search(filters, place, limit = PAGE, on = () => {}) {
    const records = [];
    let complete = false;
    const take = (said) => {
      const found = said.filter((one) => one.number !== undefined);
      for (const one of said) if (one.end !== undefined) complete = one.end;
      records.push(...found);
      if (found.length) on(found);
    };
    const error = await this.ask("search", { ...filters, ...place, history: limit }, take);
    if (error === null) return null;
    if (place?.after === undefined) records.reverse();
    return { records, complete: error ? true : complete, error };
  }

  /** Levels over time, loggers and kinds of errors; null if it was cancelled, or can't be had. */
  async summary(filters) {
    let summary = null;
    await this.ask("summary", filters, (said) => {
      for (const one of said) if (one.buckets) summary = one;
    });
    return summary;
  }

  /** Asks, one thing at a time; gives "" at the end, the error's text, or null if it was cancelled. */
  async ask(what, parameters, on) {
    this.cancel();
    const running = new AbortController();
    this.running = running;
    const given = Object.entries(parameters).filter(([, value]) => value || value === 0);
    try {
      const response = await fetch(`/api/v1/${what}?${new URLSearchParams(given)}`, {
        headers: this.stream.headers(), signal: running.signal, cache: "no-store",
      });
      if (!response.ok) throw new Error((await response.json()).error);
      this.on.progress(0, 0);
      for await (const said of lines(response.body.getReader())) {
        if (this.running !== running) return null;
        for (const one of said) if (one.searched !== undefined) this.on.progress(one.searched, one.of);
        on(said);
      }
      return "";
    } catch (error) {
      return running.signal.aborted ? null : error.message;
    } finally {
      if (this.running === running) this.cancel();
    }
  }
}

/** The objects of lines of JSON, as many as come at a time. */
async function* lines(reader) {
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const found = (rest + decoder.decode(value, { stream: true })).split("\n");
    rest = found.pop();
    if (found.length) yield found.map((line) => JSON.parse(line));
  }
}
