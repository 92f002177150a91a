// My queue numbers as they move: a socket, opened again when it breaks, with a question every 15 seconds beside it while it is down.
import type { Ticket } from "../../api/types";
import { listTickets } from "./api";
import { BASE, currentToken } from "./request";

export type Told = { tickets: (all: Ticket[]) => void; ticket: (one: Ticket) => void; state?: (live: boolean) => void };

function address(): string {
  // #ifdef H5
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/live`;
  // #endif
  // #ifndef H5
  return BASE.replace(/^http/, "ws") + "/api/live";
  // #endif
}

/** Starts following; call the answer to stop. */
export function follow(told: Told): () => void {
  let stopped = false;
  let open = false;
  let tries = 0;
  let socket: UniApp.SocketTask | null = null;
  let again: ReturnType<typeof setTimeout> | undefined;

  const ask = () => listTickets().then((all) => !stopped && told.tickets(all.items), () => undefined);

  function connect(): void {
    if (stopped) return;
    const header: Record<string, string> = {};
    // #ifndef H5
    header.Authorization = `Bearer ${currentToken()}`;
    // #endif
    const made = uni.connectSocket({ url: address(), header, complete: () => undefined }) as unknown as UniApp.SocketTask;
    socket = made;
    let over = false;
    const lost = () => {
      if (over) return;
      over = true;
      open = false;
      told.state?.(false);
      if (!stopped) again = setTimeout(connect, Math.min(30_000, 1000 * 2 ** tries++));
    };
    made.onOpen(() => {
      open = true;
      tries = 0;
      told.state?.(true);
      void ask(); // what moved while nobody listened
    });
    made.onMessage((message) => {
      try {
        const said = JSON.parse(String(message.data)) as { kind: string; ticket?: Ticket };
        if (said.kind === "ticket" && said.ticket && !stopped) told.ticket(said.ticket);
      } catch {
        // not ours: ignored, the next question tells the truth
      }
    });
    made.onClose(lost);
    made.onError(lost);
  }

  const poll = setInterval(() => void (open || ask()), 15_000);
  connect();
  return () => {
    stopped = true;
    clearInterval(poll);
    clearTimeout(again);
    socket?.close({});
  };
}

/** The list with one ticket put in or renewed. */
export function withTicket(all: Ticket[], one: Ticket): Ticket[] {
  return all.some((each) => each.id === one.id) ? all.map((each) => (each.id === one.id ? one : each)) : [...all, one];
}
