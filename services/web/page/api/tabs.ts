/** The other tabs of the same origin and browser. */
export interface Tabs<Message> {
  send(message: Message): void;
  onMessage(handle: (message: Message) => void): void;
}

export function createTabs<Message>(name: string): Tabs<Message> {
  const channel = new BroadcastChannel(name);
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has one origin
    send: (message) => channel.postMessage(message),
    onMessage(handle) {
      channel.addEventListener('message', ({ data }) => handle(data as Message));
    },
  };
}
