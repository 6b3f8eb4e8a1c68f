// The server's stream: records as they come, and how many it had to skip.

/** Records a second that a page can show; the server says how many it leaves out. */
const RATE = 2000;
const HISTORY = 10000;

export class Refused extends Error {}

export class Stream {
  /** `on`: began(number of the next record), records(list), skipped(count), state(word, text), refused(text), unauthorized() */
  constructor(on) {
    this.on = on;
    this.token = sessionStorage.getItem("token");
    /** Whether what was before is asked of the journal. */
    this.history = false;
  }

  setToken(token) {
    this.token = token;
    sessionStorage.setItem("token", token);
  }

  headers() {
    return this.token ? { Authorization: `Bearer ${this.token}` } : {};
  }

  async get(path) {
    const response = await fetch(path, { headers: this.headers(), cache: "no-store" });
    if (response.status === 401) this.on.unauthorized();
    if (!response.ok) throw new Refused((await response.json()).error);
    return response.json();
  }

  /** Begins anew with these filters. */
  start(filters) {
    this.stop();
    const run = { cancel: new AbortController(), last: null };
    this.run = run;
    this.loop(run, filters);
  }

  stop() {
    this.run?.cancel.abort();
    this.run = null;
  }

  async loop(run, filters) {
    let pause = 500;
    while (this.run === run) {
      const parameters = new URLSearchParams({ rate: RATE, history: this.history ? 0 : HISTORY });
      for (const [name, value] of Object.entries(filters)) if (value) parameters.set(name, value);
      if (run.last !== null) parameters.set("after", run.last);
      this.on.state("connecting", "connecting …");
      try {
        const response = await fetch(`/api/v1/live?${parameters}`, { headers: this.headers(), signal: run.cancel.signal, cache: "no-store" });
        if (response.status === 401) return this.on.unauthorized();
        if (response.status === 400) return this.on.refused((await response.json()).error);
        if (!response.ok) throw new Error((await response.json()).error);
        this.on.state("connected", "connected");
        pause = 500;
        await this.read(response.body.getReader(), run);
        if (this.run === run) this.on.state("lost", "the server has ended; waiting for it");
      } catch (error) {
        if (this.run !== run) return;
        this.on.state("lost", error instanceof TypeError ? "the server does not answer; trying again" : error.message);
      }
      await new Promise((done) => setTimeout(done, pause));
      pause = Math.min(pause * 2, 5000);
    }
  }

  async read(reader, run) {
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (this.run !== run) return reader.cancel();
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop();
      let records = [];
      for (const line of lines) {
        const said = JSON.parse(line);
        if (said.number !== undefined) {
          run.last = said.number;
          records.push(said);
        } else if (said.skipped) {
          if (records.length) this.on.records(records);
          records = [];
          this.on.skipped(said.skipped);
        } else if (said.alive && !run.began) {
          run.began = true;
          this.on.began(said.alive);
        }
      }
      if (records.length) this.on.records(records);
    }
  }
}
