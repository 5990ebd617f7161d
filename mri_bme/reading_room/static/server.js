// Talks to this room's server, and keeps every act until the server has it.

/** An answer that refuses, in the server's words. */
export class Refused extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

let token = "";

async function answerOf(response) {
  if (response.ok) return response;
  let words = `the server answered ${response.status}`;
  try {
    words = (await response.json()).error || words;
  } catch {
    // not JSON: the status says enough
  }
  throw new Refused(response.status, words);
}

export async function tell(path) {
  return (await answerOf(await fetch(path))).json();
}

export async function bytes(path) {
  return (await answerOf(await fetch(path))).arrayBuffer();
}

/** Who reads here, what is asked, and the cases. */
export async function whoReads() {
  const me = await tell("api/me");
  token = me.token;
  return me;
}

const PAUSE_MS = [300, 1000, 3000];

/** The acts of one case, sent one after the other; what is not acknowledged is kept and sent again. */
export class Acts {
  constructor(code, version, { done, failed, waiting }) {
    Object.assign(this, { code, version, done, failed, waiting });
    this.queue = [];
    this.sending = false;
    this.store = `unsent ${code}`;
  }

  /** Acts that an earlier page could not send. The answer to the first may have got lost: the server knows it by its name. */
  resume() {
    let kept = null;
    try {
      kept = JSON.parse(localStorage.getItem(this.store) || "null");
    } catch {
      // nobody wrote that, or this browser stores nothing
    }
    if (!kept?.acts?.length) return;
    this.version = kept.version; // of the case that they were drawn on; if it has changed, that is told
    this.queue = kept.acts;
    this.keep();
    this.send();
  }

  get isEmpty() {
    return this.queue.length === 0;
  }

  add(act) {
    this.queue.push({ id: crypto.randomUUID(), ...act });
    this.keep();
    this.send();
  }

  keep() {
    try {
      if (this.queue.length) localStorage.setItem(this.store, JSON.stringify({ version: this.version, acts: this.queue }));
      else localStorage.removeItem(this.store);
    } catch {
      // full, or told to store nothing: what is drawn is sent all the same, and this page holds it until then
    }
    this.waiting(this.queue.length);
  }

  async send() {
    if (this.sending) return;
    this.sending = true;
    for (let failures = 0; this.queue.length; ) {
      const act = this.queue[0];
      try {
        const changed = await this.post({ ...act, version: this.version });
        this.queue.shift();
        failures = 0;
        this.version = changed.version;
        this.keep();
        this.done(changed, act, this.queue.length);
      } catch (error) {
        if (error instanceof Refused && error.status < 500) {
          this.queue = [];
          this.keep();
          this.failed(error, act);
          break;
        }
        this.waiting(this.queue.length, error.message); // server gone or disk full: try again
        await new Promise((resume) => setTimeout(resume, PAUSE_MS[Math.min(failures, 2)]));
        failures += 1;
      }
    }
    this.sending = false;
  }

  async post(act) {
    const response = await fetch(`api/case/${this.code}/act`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-reading-room": token },
      body: JSON.stringify(act),
    });
    return (await answerOf(response)).json();
  }
}
